import type { StageOptions } from "./stage.ts";
import type { Storage } from "./storage.ts";

/** Longer than a GPU container takes to come: who waits for longer waits for something that is broken, or too small. */
const OLDEST_SECONDS = 15 * 60;

/** Tells of jobs that nobody could do, and of jobs that wait too long. */
export function alarms({ queue, dead }: Storage, { alarmEmail }: Pick<StageOptions, "alarmEmail">) {
  const topic = new aws.sns.Topic("Alarms");
  if (alarmEmail !== undefined) {
    new aws.sns.TopicSubscription("AlarmsByEmail", { topic: topic.arn, protocol: "email", endpoint: alarmEmail });
  }
  const alarm = (name: string, metricName: string, of: sst.aws.Queue, threshold: number) =>
    new aws.cloudwatch.MetricAlarm(name, {
      namespace: "AWS/SQS",
      metricName,
      dimensions: { QueueName: of.nodes.queue.name },
      statistic: "Maximum",
      period: 60,
      evaluationPeriods: 1,
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      threshold,
      treatMissingData: "notBreaching",
      alarmActions: [topic.arn],
    });
  alarm("JobsDied", "ApproximateNumberOfMessagesVisible", dead, 1);
  alarm("JobsWaitLong", "ApproximateAgeOfOldestMessage", queue, OLDEST_SECONDS);
}
