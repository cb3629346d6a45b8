/** Jobs that one GPU container does in a minute, roughly, and so how many waiting ones are worth another container. */
const JOBS_PER_TASK = 20;

/** Minutes without work after which the last container goes. */
const IDLE_MINUTES = 10;

/**
 * 0 to `maxTasks` containers by the queue's depth: one as soon as a job waits, more where many do, and none once nothing has
 * waited or run for ten minutes. Between those it takes none away: it could be one that is at work.
 */
export function scaleOnQueue(cluster: aws.ecs.Cluster, service: aws.ecs.Service, queue: sst.aws.Queue, maxTasks: number) {
  const target = new aws.appautoscaling.Target("WorkerScaling", {
    serviceNamespace: "ecs",
    scalableDimension: "ecs:service:DesiredCount",
    resourceId: $interpolate`service/${cluster.name}/${service.name}`,
    minCapacity: 0,
    maxCapacity: maxTasks,
  });
  const policy = (name: string, config: aws.types.input.appautoscaling.PolicyStepScalingPolicyConfiguration) =>
    new aws.appautoscaling.Policy(name, {
      policyType: "StepScaling",
      serviceNamespace: target.serviceNamespace,
      scalableDimension: target.scalableDimension,
      resourceId: target.resourceId,
      stepScalingPolicyConfiguration: { metricAggregationType: "Maximum", ...config },
    });
  const metric = (metricName: string) => ({
    namespace: "AWS/SQS",
    metricName,
    dimensions: { QueueName: queue.nodes.queue.name },
    period: 60,
  });

  const first = policy("WorkerFirst", {
    adjustmentType: "ChangeInCapacity",
    minAdjustmentMagnitude: 1,
    cooldown: 300, // an instance takes three to six minutes to come
    stepAdjustments: [
      { metricIntervalLowerBound: "0", metricIntervalUpperBound: String(JOBS_PER_TASK), scalingAdjustment: 1 },
      { metricIntervalLowerBound: String(JOBS_PER_TASK), scalingAdjustment: Math.max(1, Math.ceil(maxTasks / 4)) },
    ],
  });
  new aws.cloudwatch.MetricAlarm("JobsWait", {
    ...metric("ApproximateNumberOfMessagesVisible"),
    statistic: "Maximum",
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    threshold: 1,
    evaluationPeriods: 1,
    treatMissingData: "notBreaching",
    alarmActions: [first.arn],
  });

  const none = policy("WorkerNone", {
    adjustmentType: "ExactCapacity",
    cooldown: 60,
    stepAdjustments: [{ metricIntervalUpperBound: "0", scalingAdjustment: 0 }],
  });
  new aws.cloudwatch.MetricAlarm("JobsNone", {
    comparisonOperator: "LessThanOrEqualToThreshold",
    threshold: 0,
    evaluationPeriods: IDLE_MINUTES,
    treatMissingData: "breaching",
    alarmActions: [none.arn],
    metricQueries: [
      { id: "waiting", metric: { ...metric("ApproximateNumberOfMessagesVisible"), stat: "Maximum" } },
      { id: "running", metric: { ...metric("ApproximateNumberOfMessagesNotVisible"), stat: "Maximum" } },
      { id: "all", expression: "waiting + running", label: "jobs waiting or running", returnData: true },
    ],
  });
}
