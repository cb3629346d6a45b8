/** Jobs that one GPU container does in a minute, roughly, and so how many waiting ones are worth another container. */
const JOBS_PER_TASK = 20;

/** Minutes without work after which the last container goes. */
const IDLE_MINUTES = 10;

interface Scaled {
  readonly cluster: aws.ecs.Cluster;
  /** The instances of the cluster. */
  readonly group: aws.autoscaling.Group;
  readonly service: aws.ecs.Service;
  readonly queue: sst.aws.Queue;
}

/**
 * 0 to `maxTasks` containers by the queue's depth: one as soon as a job waits, more where many do, and none once nothing has
 * waited or run for ten minutes. Between those it takes none away: it could be one that is at work.
 */
export function scaleOnQueue({ cluster, group, service, queue }: Scaled, maxTasks: number) {
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
    // An alarm of this kind repeats its action every minute. Where no instance runs there is nothing to take away, and it would take
    // back what the API has just started, for a minute or two: that long the metrics know nothing of the job.
    metricQueries: [
      { id: "waiting", metric: { ...metric("ApproximateNumberOfMessagesVisible"), stat: "Maximum" } },
      { id: "running", metric: { ...metric("ApproximateNumberOfMessagesNotVisible"), stat: "Maximum" } },
      {
        id: "instances",
        metric: {
          namespace: "AWS/AutoScaling",
          metricName: "GroupInServiceInstances",
          dimensions: { AutoScalingGroupName: group.name },
          period: 60,
          stat: "Maximum",
        },
      },
      {
        id: "all",
        expression: "IF(instances > 0, waiting + running, 1)",
        label: "jobs waiting or running",
        returnData: true,
      },
    ],
  });
}
