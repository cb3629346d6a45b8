import { namespace } from "./logs.ts";
import { NO_GPU } from "./no-gpu.ts";
import type { StageOptions } from "./stage.ts";
import type { Storage } from "./storage.ts";
import type { GpuWorker } from "./worker-gpu.ts";

/** Longer than a GPU container takes to come: who waits for longer waits for something that is broken, or too small. */
const OLDEST_SECONDS = 15 * 60;

/** Requests of the API in five minutes that fail, or are throttled, before somebody hears of it. */
const FAILURES = 5;

/** Tells of jobs that nobody could do or that wait too long, of an API that fails or is throttled, and of GPU workers that work without one. */
export function alarms(
  { queue, dead }: Storage,
  { alarmEmail, apiConcurrency, monthlyBudget }: Pick<StageOptions, "alarmEmail" | "apiConcurrency" | "monthlyBudget">,
  api: $util.Output<aws.lambda.Function>,
  gpu?: GpuWorker,
) {
  const topic = new aws.sns.Topic("Alarms");
  if (alarmEmail !== undefined) {
    new aws.sns.TopicSubscription("AlarmsByEmail", { topic: topic.arn, protocol: "email", endpoint: alarmEmail });
  }
  const alarm = (
    name: string,
    threshold: number,
    metric: Pick<aws.cloudwatch.MetricAlarmArgs, "namespace" | "metricName" | "dimensions"> & {
      statistic?: string;
      period?: number;
    },
  ) =>
    new aws.cloudwatch.MetricAlarm(name, {
      statistic: "Maximum",
      period: 60,
      ...metric,
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
  const ofApi = (metricName: string, more: { statistic?: string; period?: number } = { statistic: "Sum", period: 300 }) => ({
    namespace: "AWS/Lambda",
    metricName,
    dimensions: { FunctionName: api.name },
    ...more,
  });
  if (monthlyBudget > 0) budget(topic.arn, monthlyBudget);
  alarm("JobsDied", 1, ofQueue("ApproximateNumberOfMessagesVisible", dead));
  alarm("JobsWaitLong", OLDEST_SECONDS, ofQueue("ApproximateAgeOfOldestMessage", queue));
  alarm("ApiFails", FAILURES, ofApi("Errors"));
  alarm("ApiThrottled", FAILURES, ofApi("Throttles"));
  // Four fifths of what is kept for it: who comes then still gets an answer.
  if (apiConcurrency > 0) alarm("ApiBusy", Math.ceil(0.8 * apiConcurrency), ofApi("ConcurrentExecutions", {}));
  if (gpu === undefined) return;
  const metric = { namespace: namespace(), name: "WorkersWithoutGpu" };
  new aws.cloudwatch.LogMetricFilter("WorkersWithoutGpu", {
    logGroupName: gpu.logs.name,
    pattern: `"${NO_GPU}"`,
    metricTransformation: { ...metric, value: "1" },
  });
  alarm("NoGpu", 1, { namespace: metric.namespace, metricName: metric.name });
}

/**
 * Tells of a month in which this stage costs more than it may, or is about to. AWS counts by the tag that SST gives to all resources, once
 * it is activated for cost allocation in the account: see docs/deploy.md.
 */
function budget(topic: $util.Output<string>, dollars: number) {
  const notification = (notificationType: "ACTUAL" | "FORECASTED") => ({
    notificationType,
    comparisonOperator: "GREATER_THAN",
    threshold: 100,
    thresholdType: "PERCENTAGE",
    subscriberSnsTopicArns: [topic],
  });
  new aws.sns.TopicPolicy("AlarmsPolicy", {
    arn: topic,
    policy: aws.iam.getPolicyDocumentOutput({
      statements: [
        {
          actions: ["sns:Publish"],
          resources: [topic],
          principals: [{ type: "Service", identifiers: ["budgets.amazonaws.com"] }],
        },
      ],
    }).json,
  });
  new aws.budgets.Budget("Budget", {
    budgetType: "COST",
    timeUnit: "MONTHLY",
    limitAmount: String(dollars),
    limitUnit: "USD",
    costFilters: [{ name: "TagKeyValue", values: [`user:sst:stage$${$app.stage}`] }],
    notifications: [notification("ACTUAL"), notification("FORECASTED")],
  });
}
