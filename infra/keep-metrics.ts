import { policyOf, roleOf } from "./role.ts";
import type { Storage } from "./storage.ts";

/**
 * SQS stops the metrics of a queue that nobody has used for six hours, and takes up to 15 minutes to resume them: the alarm that
 * starts the first worker would sleep through the first job of the day. So the queue is used every hour, by setting an attribute
 * to what it is.
 */
export function keepMetrics({ queue }: Storage) {
  const role = new aws.iam.Role("KeepMetricsRole", {
    assumeRolePolicy: roleOf("scheduler.amazonaws.com"),
    inlinePolicies: policyOf([{ actions: ["sqs:SetQueueAttributes"], resources: [queue.arn] }]),
  });
  new aws.scheduler.Schedule("KeepMetrics", {
    scheduleExpression: "rate(1 hour)",
    flexibleTimeWindow: { mode: "OFF" },
    target: {
      arn: "arn:aws:scheduler:::aws-sdk:sqs:setQueueAttributes",
      roleArn: role.arn,
      input: $jsonStringify({ QueueUrl: queue.url, Attributes: { ReceiveMessageWaitTimeSeconds: "20" } }),
    },
  });
}
