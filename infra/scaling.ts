import { namespace } from "./logs.ts";
import { scalingSteps } from "./scaling-steps.ts";
import type { StageOptions } from "./stage.ts";

/** Minutes without work after which the last container goes. */
const IDLE_MINUTES = 10;

interface Scaled {
  readonly cluster: aws.ecs.Cluster;
  readonly service: aws.ecs.Service;
  readonly queue: sst.aws.Queue;
}

/** Seconds that a job takes, where no worker has measured one in the last minutes. */
const USUAL_JOB_SECONDS = 10;

/**
 * 0 to `gpuTasks` containers by how long the last job would wait: the jobs that wait or run, times the seconds that one has taken lately
 * (as the workers tell), against the wait that a stage wants. This says each minute how many containers there shall be, and so takes
 * some away as well: ECS takes idle ones only, for those at work are protected (functions/scale-in-protection.ts). The last one goes
 * when nothing has waited, run or been sent for ten minutes.
 */
export function scaleOnQueue(
  { cluster, service, queue }: Scaled,
  { gpuTasks: maxTasks, targetWaitSeconds }: Pick<StageOptions, "gpuTasks" | "targetWaitSeconds">,
) {
  const target = new aws.appautoscaling.Target("WorkerScaling", {
    serviceNamespace: "ecs",
    scalableDimension: "ecs:service:DesiredCount",
    resourceId: $interpolate`service/${cluster.name}/${service.name}`,
    minCapacity: 0,
    maxCapacity: maxTasks,
  });
  type StepAdjustment = aws.types.input.appautoscaling.PolicyStepScalingPolicyConfigurationStepAdjustment;
  const policy = (name: string, stepAdjustments: StepAdjustment[]) =>
    new aws.appautoscaling.Policy(name, {
      policyType: "StepScaling",
      serviceNamespace: target.serviceNamespace,
      scalableDimension: target.scalableDimension,
      resourceId: target.resourceId,
      stepScalingPolicyConfiguration: {
        adjustmentType: "ExactCapacity",
        metricAggregationType: "Maximum",
        cooldown: 60,
        stepAdjustments,
      },
    });
  const ofQueue = (id: string, metricName: string, stat = "Maximum") => ({
    id,
    metric: { namespace: "AWS/SQS", metricName, dimensions: { QueueName: queue.nodes.queue.name }, period: 60, stat },
  });
  const waiting = ofQueue("waiting", "ApproximateNumberOfMessagesVisible");
  const running = ofQueue("running", "ApproximateNumberOfMessagesNotVisible");

  const seconds = {
    id: "seconds",
    metric: { namespace: namespace(), metricName: "JobSeconds", period: 300, stat: "Average" },
  };

  const steps = scalingSteps(maxTasks, targetWaitSeconds);
  const bounds = steps.map(({ work }) => String(work)); // beyond the alarm's threshold, which is no work
  const load = policy(
    "WorkerLoad",
    steps.map(({ tasks }, i) => ({
      metricIntervalLowerBound: bounds[i],
      metricIntervalUpperBound: bounds[i + 1],
      scalingAdjustment: tasks,
    })),
  );
  new aws.cloudwatch.MetricAlarm("JobsThere", {
    comparisonOperator: "GreaterThanThreshold",
    threshold: 0,
    evaluationPeriods: 1,
    treatMissingData: "notBreaching",
    alarmActions: [load.arn],
    metricQueries: [
      waiting,
      running,
      seconds,
      {
        id: "work",
        expression: `(waiting + running) * FILL(seconds, ${USUAL_JOB_SECONDS})`,
        label: "seconds of work",
        returnData: true,
      },
    ],
  });

  const none = policy("WorkerNone", [{ metricIntervalUpperBound: "0", scalingAdjustment: 0 }]);
  new aws.cloudwatch.MetricAlarm("JobsNone", {
    comparisonOperator: "LessThanOrEqualToThreshold",
    threshold: 0,
    evaluationPeriods: IDLE_MINUTES,
    treatMissingData: "notBreaching",
    alarmActions: [none.arn],
    // An alarm of this kind repeats its action every minute. Where no container runs there is nothing to take away, and it would take
    // back what the API has just started: for a minute or two the metrics know nothing of the job. ECS tells of a service's CPU only
    // while it has containers. The instances are no measure: they stay a quarter of an hour longer.
    metricQueries: [
      waiting,
      running,
      ofQueue("sent", "NumberOfMessagesSent", "Sum"),
      {
        id: "containers",
        metric: {
          namespace: "AWS/ECS",
          metricName: "CPUUtilization",
          dimensions: { ClusterName: cluster.name, ServiceName: service.name },
          period: 60,
          stat: "SampleCount",
        },
      },
      {
        id: "idle",
        expression: "IF(FILL(containers, 0) > 0, waiting + running + sent, 1)",
        label: "jobs, where there are containers",
        returnData: true,
      },
    ],
  });
}
