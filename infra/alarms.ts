import { NO_GPU } from "./no-gpu.ts";
import type { StageOptions } from "./stage.ts";
import type { Storage } from "./storage.ts";

/** Longer than a GPU container takes to come: who waits for longer waits for something that is broken, or too small. */
const OLDEST_SECONDS = 15 * 60;

/** Tells of jobs that nobody could do, of jobs that wait too long, and of GPU workers (whose logs are given) that work without one. */
export function alarms(
  { queue, dead }: Storage,
  { alarmEmail }: Pick<StageOptions, "alarmEmail">,
  gpuLogs?: aws.cloudwatch.LogGroup,
) {
  const topic = new aws.sns.Topic("Alarms");
  if (alarmEmail !== undefined) {
    new aws.sns.TopicSubscription("AlarmsByEmail", { topic: topic.arn, protocol: "email", endpoint: alarmEmail });
  }
  const alarm = (
    name: string,
    threshold: number,
    metric: Pick<aws.cloudwatch.MetricAlarmArgs, "namespace" | "metricName" | "dimensions">,
  ) =>
    new aws.cloudwatch.MetricAlarm(name, {
      ...metric,
      statistic: "Maximum",
      period: 60,
      evaluationPeriods: 1,
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      threshold,
      treatMissingData: "notBreaching",
      alarmActions: [topic.arn],
    });
  const ofQueue = (metricName: string, of: sst.aws.Queue) => ({
    namespace: "AWS/SQS",
    metricName,
    dimensions: { QueueName: of.nodes.queue.name },
  });
  alarm("JobsDied", 1, ofQueue("ApproximateNumberOfMessagesVisible", dead));
  alarm("JobsWaitLong", OLDEST_SECONDS, ofQueue("ApproximateAgeOfOldestMessage", queue));
  if (gpuLogs === undefined) return;
  const metric = { namespace: `${$app.name}/${$app.stage}`, name: "WorkersWithoutGpu" };
  new aws.cloudwatch.LogMetricFilter("WorkersWithoutGpu", {
    logGroupName: gpuLogs.name,
    pattern: `"${NO_GPU}"`,
    metricTransformation: { ...metric, value: "1" },
  });
  alarm("NoGpu", 1, { namespace: metric.namespace, metricName: metric.name });
}
