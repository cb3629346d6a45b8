import { namespace } from "./logs.ts";
import type { Storage } from "./storage.ts";
import type { GpuWorker } from "./worker-gpu.ts";

type Metric = readonly unknown[];

/** One page on which to see what a stage does: the API, the queue, the jobs, and the use of the GPUs. */
export function dashboard({ queue, dead }: Storage, api: $util.Output<aws.lambda.Function>, gpu?: GpuWorker) {
  const region = aws.getRegionOutput().region;
  const body = $resolve([
    region,
    api.name,
    queue.nodes.queue.name,
    dead.nodes.queue.name,
    gpu?.cluster.name,
    gpu?.service.name,
  ]).apply(([where, apiName, queueName, deadName, cluster, service]) => {
    const ofApi = (name: string, stat: string): Metric => ["AWS/Lambda", name, "FunctionName", apiName, { stat }];
    const ofQueue = (name: string, of: string | undefined): Metric => ["AWS/SQS", name, "QueueName", of, { stat: "Maximum" }];
    const ofJobs = (name: string, stat: string): Metric => [namespace(), name, { stat }];
    const charts: [title: string, metrics: Metric[]][] = [
      ["API: requests and failures", [ofApi("Invocations", "Sum"), ofApi("Errors", "Sum"), ofApi("Throttles", "Sum")]],
      ["API: executions at a time", [ofApi("ConcurrentExecutions", "Maximum")]],
      [
        "Jobs that wait and run",
        [ofQueue("ApproximateNumberOfMessagesVisible", queueName), ofQueue("ApproximateNumberOfMessagesNotVisible", queueName)],
      ],
      ["Oldest job, s", [ofQueue("ApproximateAgeOfOldestMessage", queueName)]],
      ["Dead letters", [ofQueue("ApproximateNumberOfMessagesVisible", deadName)]],
      [
        "Seconds a job: computing, and waiting before",
        [ofJobs("JobSeconds", "p50"), ofJobs("JobSeconds", "p95"), ofJobs("WaitSeconds", "p95")],
      ],
      ["Jobs done, and seconds of worker paid for them", [ofJobs("JobSeconds", "SampleCount"), ofJobs("JobSeconds", "Sum")]],
      ...(cluster && service
        ? [
            [
              "Containers",
              [["AWS/ECS", "CPUUtilization", "ClusterName", cluster, "ServiceName", service, { stat: "SampleCount" }]],
            ] as [string, Metric[]],
          ]
        : []),
    ];
    const widgets = charts.map(([title, metrics], i) => ({
      type: "metric",
      x: 8 * (i % 3),
      y: 6 * Math.floor(i / 3),
      width: 8,
      height: 6,
      properties: { title, metrics, region: where, period: 60, view: "timeSeries" },
    }));
    return JSON.stringify({ widgets });
  });
  new aws.cloudwatch.Dashboard("Dashboard", { dashboardName: `${$app.name}-${$app.stage}`, dashboardBody: body });
}
