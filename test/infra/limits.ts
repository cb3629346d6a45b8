import type { Plan, Registered } from "./plan.ts";
import { variablesOf } from "./checks.ts";

/** A quota or rule of AWS's that its API models do not have. Each returns what breaks it. */
type Limit = (resource: Registered, plan: Plan) => readonly string[];

const bytes = (text: string) => Buffer.byteLength(text);
const check = (holds: boolean, complaint: string) => (holds ? [] : [complaint]);
const within = (what: string, value: number, most: number, least = 0) =>
  check(value >= least && value <= most, `${what}: expected ${least} to ${most}, got ${value}`);

/** `repository@digest`: Lambda and ECS take a tag or a digest, not both. */
const imageReference = (uri: string) =>
  check(
    /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\/[a-z0-9._/-]+@sha256:[0-9a-f]{64}$/.test(uri),
    `expected repository@digest, got ${uri}`,
  );

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
function lambdaFunction({ inputs }: Registered, plan: Plan): readonly string[] {
  const variables = variablesOf(inputs.environment ?? { variables: {} });
  const size = Object.entries(variables).reduce((sum, [name, value]) => sum + bytes(name) + bytes(value), 0);
  const reserved = Object.keys(variables).filter((name) => /^AWS_|^LAMBDA_|^_/.test(name));
  // 6 MB of JSON, in which a body is base64; the rest of a multipart request is small.
  const image = Number(variables["VITCX_MAX_IMAGE_MB"] ?? 0) * 1e6 * (4 / 3) + 100_000;
  return [
    ...within("bytes of environment variables", size, 4096),
    ...within("seconds", inputs.timeout, 900, 1),
    ...within("MB of memory", inputs.memorySize, 10_240, 128),
    ...within("characters of the name", inputs.name.length, 64, 1),
    ...within("bytes of the largest request", Math.ceil(image), 6 * 1024 * 1024),
    ...check(reserved.length === 0, `${reserved.join(", ")} may not be set`),
    ...(inputs.packageType === "Image" ? [...imageReference(inputs.imageUri), ...imagePlatform(inputs.architectures, plan)] : []),
  ];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/images-create.html: an image for other processors does not start. */
function imagePlatform(architectures: readonly string[] = ["x86_64"], plan: Plan): readonly string[] {
  const platforms = plan.all("docker-build:index:Image").flatMap(({ inputs }) => inputs.platforms as string[]);
  const wanted = architectures.map((each) => (each === "arm64" ? "linux/arm64" : "linux/amd64"));
  return check(
    String(platforms) === String(wanted),
    `expected an image for the processors ${String(wanted)}, got one for ${String(platforms)}`,
  );
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
function role({ inputs }: Registered): readonly string[] {
  const policies: string[] = (inputs.inlinePolicies ?? []).map(({ policy }: { policy: string }) => policy.replaceAll(/\s/g, ""));
  const trust = typeof inputs.assumeRolePolicy === "string" ? inputs.assumeRolePolicy : JSON.stringify(inputs.assumeRolePolicy);
  return [
    ...within("characters of all inline policies", policies.join("").length, 10_240),
    ...within("characters of the trust policy", trust.length, 2048),
    ...within("characters of the name", inputs.name.length, 64, 1),
  ];
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html */
function queue({ inputs }: Registered): readonly string[] {
  const { maxReceiveCount } = JSON.parse(inputs.redrivePolicy ?? '{"maxReceiveCount":1}');
  return [
    ...check(/^[A-Za-z0-9_-]{1,80}(\.fifo)?$/.test(inputs.name), `a queue cannot be called ${inputs.name}`),
    ...within("seconds of visibility", inputs.visibilityTimeoutSeconds ?? 30, 43_200),
    ...within("seconds of retention", inputs.messageRetentionSeconds ?? 345_600, 1_209_600, 60),
    ...within("seconds of long polling", inputs.receiveWaitTimeSeconds ?? 0, 20),
    ...within("seconds of delay", inputs.delaySeconds ?? 0, 900),
    ...within("receives before the dead letters", maxReceiveCount, 1000, 1),
  ];
}

/** A queue holds a message for no less than its function may run, or creating the mapping fails. */
function eventSource({ inputs }: Registered, plan: Plan): readonly string[] {
  const worker = plan.all("aws:lambda/function:Function").find((each) => inputs.functionName.endsWith(`:${each.inputs.name}`))!;
  const source = plan.all("aws:sqs/queue:Queue").find((each) => inputs.eventSourceArn.endsWith(`:${each.inputs.name}`))!;
  return [
    ...within("the function's seconds", worker.inputs.timeout, source.inputs.visibilityTimeoutSeconds),
    ...within("executions at a time", inputs.scalingConfig?.maximumConcurrency ?? 2, 1000, 2),
  ];
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
function bucket({ inputs }: Registered): readonly string[] {
  return check(
    /^(?!xn--|sthree-)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(inputs.bucket),
    `a bucket cannot be called ${inputs.bucket}`,
  );
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html */
function taskDefinition({ inputs }: Registered): readonly string[] {
  const containers = JSON.parse(inputs.containerDefinitions.value ?? inputs.containerDefinitions) as any[];
  return [
    ...within("containers", containers.length, 10, 1),
    ...within("bytes of the definition", bytes(JSON.stringify(inputs)), 64 * 1024),
    ...containers.flatMap(({ image, stopTimeout, healthCheck }) => [
      ...imageReference(image),
      ...within("seconds to stop", stopTimeout ?? 30, 120),
      ...within("seconds between health checks", healthCheck?.interval ?? 30, 300, 5),
      ...within("seconds before health counts", healthCheck?.startPeriod ?? 0, 300),
      ...within("failed health checks", healthCheck?.retries ?? 3, 10, 1),
    ]),
  ];
}

/** https://docs.aws.amazon.com/autoscaling/application/APIReference/API_StepScalingPolicyConfiguration.html: 20 steps, without gaps. */
function stepPolicy({ inputs }: Registered): readonly string[] {
  const steps: any[] = inputs.stepScalingPolicyConfiguration?.stepAdjustments ?? [];
  const gaps = steps
    .slice(1)
    .filter((step, i) => Number(step.metricIntervalLowerBound) !== Number(steps[i].metricIntervalUpperBound));
  return [
    ...within("steps", steps.length, 20, inputs.policyType === "StepScaling" ? 1 : 0),
    ...check(gaps.length === 0, "the steps have gaps"),
  ];
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
function alarm({ inputs }: Registered): readonly string[] {
  const queries: any[] = inputs.metricQueries ?? [];
  const periods = [inputs.period, ...queries.map(({ metric }) => metric?.period)].filter((each) => each !== undefined);
  const returned = queries.filter(({ returnData }) => returnData === true);
  const longest = Math.max(...periods, 0) * inputs.evaluationPeriods;
  return [
    ...periods.flatMap((period) =>
      check([10, 20, 30].includes(period) || period % 60 === 0, `no alarm has a period of ${period} s`),
    ),
    ...check(queries.length === 0 || returned.length === 1, `expected one query that returns data, got ${returned.length}`),
    ...check(queries.length > 0 || inputs.metricName !== undefined, "the alarm watches nothing"),
    ...within("seconds watched", longest, Math.max(...periods, 0) < 3600 ? 86_400 : 604_800, 10),
  ];
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html */
function launchTemplate({ inputs }: Registered): readonly string[] {
  return within("bytes of user data", Buffer.from(inputs.userData ?? "", "base64").length, 16_384);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html */
function bucketPolicy({ inputs }: Registered): readonly string[] {
  return within("bytes of the policy", bytes(inputs.policy), 20_480);
}

const limits: Readonly<Record<string, Limit>> = {
  "aws:appautoscaling/policy:Policy": stepPolicy,
  "aws:cloudwatch/metricAlarm:MetricAlarm": alarm,
  "aws:ec2/launchTemplate:LaunchTemplate": launchTemplate,
  "aws:ecs/taskDefinition:TaskDefinition": taskDefinition,
  "aws:iam/role:Role": role,
  "aws:lambda/eventSourceMapping:EventSourceMapping": eventSource,
  "aws:lambda/function:Function": lambdaFunction,
  "aws:s3/bucket:Bucket": bucket,
  "aws:s3/bucketPolicy:BucketPolicy": bucketPolicy,
  "aws:sqs/queue:Queue": queue,
};

/** What of the plan breaks a quota or a rule, with the resource's name. */
export function overLimits(plan: Plan): string[] {
  return plan.resources.flatMap((each) =>
    (limits[each.type]?.(each, plan) ?? []).map((complaint) => `${each.name}: ${complaint}`),
  );
}
