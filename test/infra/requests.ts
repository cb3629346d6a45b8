import { modelOf } from "./api-model.ts";
import { domainRequests } from "./domain-requests.ts";
import type { Request } from "./request.ts";
import type { Registered } from "./plan.ts";

/** What AWS is asked for a resource; undefined for a type that nobody has described here. A resource of no API has no request. */
export function requestsOf({ type, inputs }: Registered): readonly Request[] | undefined {
  if (type.startsWith("sst:") || noRequest.has(type)) return [];
  return requests[type]?.(inputs);
}

/**
 * Made by Pulumi itself, or by an adoption of what exists (a VPC's default security group), a push to a registry, a wait (for a certificate),
 * SST's own calls, or a call that AWS has added since the models of 2022 (CreateKeyValueStore).
 */
const noRequest = new Set([
  "aws:acm/certificateValidation:CertificateValidation",
  "aws:cloudfront/keyValueStore:KeyValueStore",
  "pulumi-nodejs:dynamic:Resource",
  "pulumi:providers:aws",
  "pulumi:pulumi:Stack",
  "random:index/randomBytes:RandomBytes",
  "docker-build:index:Image",
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
]);

type Inputs = Readonly<Record<string, any>>;

interface Naming {
  /** Inputs that are called otherwise in the API: `fromPort: "FromPort"` needs none. */
  readonly names?: Readonly<Record<string, string>>;
  /** Inputs that concern the provider, or calls other than this one. */
  readonly without?: readonly string[];
}

/** A request whose members are called as the inputs are, but for the case of letters and an "s" at the end. */
function like(service: string, operation: string, inputs: Inputs, { names = {}, without = [] }: Naming = {}): Request {
  const { operations, shapes } = modelOf(service);
  const kept = Object.fromEntries(
    Object.entries(inputs).filter(([key]) => !["tags", "tagsAll", "region", ...without].includes(key)),
  );
  return { service, operation, input: convert(operations[operation]!.input!.shape, kept) };

  function convert(name: string, value: unknown): unknown {
    const shape = shapes[name]!;
    if (shape.type === "list" && Array.isArray(value)) return value.map((each) => convert(shape.member!.shape, each));
    // A block that may be there once is an object in Pulumi where the API has a list of one.
    if (shape.type === "list" && isObject(value)) return [convert(shape.member!.shape, value)];
    if (shape.type === "boolean" && (value === "true" || value === "false")) return value === "true";
    if (shape.type === "integer" && typeof value === "string" && value !== "") return Number(value);
    if (shape.type === "double" && typeof value === "string" && value !== "") return Number(value);
    if (shape.type === "structure" && Array.isArray(value) && value.length === 1) return convert(name, value[0]);
    if (shape.type !== "structure" || !isObject(value)) return value;
    const entries = Object.entries(value).map(([key, each]): [string, unknown] => {
      const member = memberOf(Object.keys(shape.members ?? {}), names[key] ?? key);
      return member === undefined
        ? [inCase(shape, names[key] ?? key), each]
        : [member, convert(shape.members![member]!.shape, each)];
    });
    return Object.fromEntries(entries);
  }
}

/** An unknown member, written as the others are. */
function inCase(shape: { readonly members?: object }, key: string): string {
  return /^[A-Z]/.test(Object.keys(shape.members ?? {})[0] ?? "") ? key[0]!.toUpperCase() + key.slice(1) : key;
}

function memberOf(members: readonly string[], key: string): string | undefined {
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  return (
    members.find((member) => same(member, key)) ?? members.find((member) => same(`${member}s`, key) || same(member, `${key}s`))
  );
}

function isObject(value: unknown): value is Inputs {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Pulumi marks a value that holds a secret. */
function open(value: any): any {
  return value?.value ?? value;
}

const dimensionList = (dimensions: Inputs | undefined) =>
  dimensions && Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));

/** SQS's attributes are strings by name. */
function queueAttributes({ fifoQueue, contentBasedDeduplication, ...inputs }: Inputs): Inputs {
  const names: Readonly<Record<string, string>> = {
    visibilityTimeoutSeconds: "VisibilityTimeout",
    messageRetentionSeconds: "MessageRetentionPeriod",
    receiveWaitTimeSeconds: "ReceiveMessageWaitTimeSeconds",
    sqsManagedSseEnabled: "SqsManagedSseEnabled",
  };
  const fifo = fifoQueue ? { FifoQueue: "true", ContentBasedDeduplication: String(contentBasedDeduplication) } : {};
  const attributes = Object.entries(inputs).filter(([key]) => key !== "name" && key !== "tags");
  const entries = attributes.map(([key, value]) => [names[key] ?? key[0]!.toUpperCase() + key.slice(1), String(value)]);
  return { ...fifo, ...Object.fromEntries(entries) };
}

function lambda({ s3Bucket, s3Key, imageUri, environment, reservedConcurrentExecutions, ...inputs }: Inputs): Request[] {
  const Code = imageUri === undefined ? { S3Bucket: s3Bucket, S3Key: s3Key } : { ImageUri: imageUri };
  const { name } = inputs;
  const concurrency = { FunctionName: name, ReservedConcurrentExecutions: reservedConcurrentExecutions };
  return [
    like("lambda", "CreateFunction", { ...inputs, Code, environment: open(environment) }, { names: { name: "FunctionName" } }),
    ...(reservedConcurrentExecutions > 0 ? [{ service: "lambda", operation: "PutFunctionConcurrency", input: concurrency }] : []),
  ];
}

function role({ name, assumeRolePolicy, inlinePolicies = [] }: Inputs): Request[] {
  const document = typeof assumeRolePolicy === "string" ? assumeRolePolicy : JSON.stringify(assumeRolePolicy);
  return [
    { service: "iam", operation: "CreateRole", input: { RoleName: name, AssumeRolePolicyDocument: document } },
    ...inlinePolicies.map((each: Inputs) => ({
      service: "iam",
      operation: "PutRolePolicy",
      input: { RoleName: name, PolicyName: each["name"], PolicyDocument: each["policy"] },
    })),
  ];
}

function alarm({ dimensions, metricQueries, ...inputs }: Inputs): Request[] {
  const queries = metricQueries?.map(({ metric, ...query }: Inputs) => {
    const { period, stat, dimensions: of, ...named } = metric ?? {};
    return { ...query, ...(metric && { metricStat: { metric: { ...named, dimensions: dimensionList(of) }, period, stat } }) };
  });
  const given = { ...inputs, ...(dimensions && { dimensions: dimensionList(dimensions) }), ...(queries && { metrics: queries }) };
  return [like("cloudwatch", "PutMetricAlarm", given, { names: { name: "AlarmName" } })];
}

const requests: Readonly<Record<string, (inputs: Inputs) => Request[]>> = {
  ...domainRequests,
  "aws:appautoscaling/policy:Policy": (inputs) => [
    like("application-autoscaling", "PutScalingPolicy", inputs, { names: { name: "PolicyName" } }),
  ],
  "aws:appautoscaling/target:Target": (inputs) => [like("application-autoscaling", "RegisterScalableTarget", inputs)],
  "aws:autoscaling/group:Group": ({ vpcZoneIdentifiers, tags, ...inputs }) => [
    like(
      "autoscaling",
      "CreateAutoScalingGroup",
      { ...inputs, VPCZoneIdentifier: vpcZoneIdentifiers.join(","), Tags: tags },
      {
        names: { name: "AutoScalingGroupName", protectFromScaleIn: "NewInstancesProtectedFromScaleIn" },
        without: ["forceDelete"],
      },
    ),
  ],
  "aws:cloudwatch/dashboard:Dashboard": ({ dashboardName, dashboardBody }) => [
    { service: "cloudwatch", operation: "PutDashboard", input: { DashboardName: dashboardName, DashboardBody: dashboardBody } },
  ],
  "aws:cloudwatch/logGroup:LogGroup": ({ name, retentionInDays }) => [
    { service: "logs", operation: "CreateLogGroup", input: { logGroupName: name } },
    { service: "logs", operation: "PutRetentionPolicy", input: { logGroupName: name, retentionInDays } },
  ],
  "aws:cloudwatch/logMetricFilter:LogMetricFilter": ({ name, pattern, logGroupName, metricTransformation: of }) => [
    {
      service: "logs",
      operation: "PutMetricFilter",
      input: {
        filterName: name,
        filterPattern: pattern,
        logGroupName,
        metricTransformations: [{ metricName: of.name, metricNamespace: of.namespace, metricValue: of.value }],
      },
    },
  ],
  "aws:cloudwatch/metricAlarm:MetricAlarm": alarm,
  "aws:ec2/internetGateway:InternetGateway": ({ vpcId }) => [
    { service: "ec2", operation: "CreateInternetGateway", input: {} },
    { service: "ec2", operation: "AttachInternetGateway", input: { InternetGatewayId: "igw-0", VpcId: vpcId } },
  ],
  "aws:ec2/launchTemplate:LaunchTemplate": ({ name, networkInterfaces = [], ...inputs }) => [
    like(
      "ec2",
      "CreateLaunchTemplate",
      {
        name,
        LaunchTemplateData: {
          ...inputs,
          networkInterfaces: networkInterfaces.map(({ securityGroups, ...each }: Inputs) => ({
            ...each,
            Groups: securityGroups,
            DeviceIndex: 0,
          })),
        },
      },
      { names: { name: "LaunchTemplateName" } },
    ),
  ],
  "aws:ec2/routeTable:RouteTable": ({ vpcId, routes = [] }) => [
    { service: "ec2", operation: "CreateRouteTable", input: { VpcId: vpcId } },
    ...routes.map((route: Inputs) =>
      like("ec2", "CreateRoute", { routeTableId: "rtb-0", ...route }, { names: { cidrBlock: "DestinationCidrBlock" } }),
    ),
  ],
  "aws:ec2/routeTableAssociation:RouteTableAssociation": (inputs) => [like("ec2", "AssociateRouteTable", inputs)],
  "aws:ec2/securityGroup:SecurityGroup": ({ name, description, vpcId, egress = [], ingress = [] }) => [
    { service: "ec2", operation: "CreateSecurityGroup", input: { GroupName: name, Description: description, VpcId: vpcId } },
    ...permissionsOf("AuthorizeSecurityGroupEgress", egress),
    ...permissionsOf("AuthorizeSecurityGroupIngress", ingress),
  ],
  "aws:ec2/subnet:Subnet": (inputs) => [like("ec2", "CreateSubnet", inputs, { without: ["mapPublicIpOnLaunch"] })],
  "aws:ec2/vpc:Vpc": (inputs) => [
    like("ec2", "CreateVpc", inputs, { without: ["enableDnsHostnames", "enableDnsSupport"] }),
    {
      service: "ec2",
      operation: "ModifyVpcAttribute",
      input: { VpcId: "vpc-0", EnableDnsSupport: { Value: inputs["enableDnsSupport"] } },
    },
  ],
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": ({ repository, policy }) => [
    { service: "ecr", operation: "PutLifecyclePolicy", input: { repositoryName: repository, lifecyclePolicyText: policy } },
  ],
  "aws:ecr/repository:Repository": (inputs) => [
    like("ecr", "CreateRepository", inputs, {
      names: { name: "repositoryName", encryptionConfigurations: "encryptionConfiguration" },
      without: ["forceDelete"],
    }),
  ],
  "aws:ecs/capacityProvider:CapacityProvider": (inputs) => [like("ecs", "CreateCapacityProvider", inputs)],
  "aws:ecs/cluster:Cluster": (inputs) => [like("ecs", "CreateCluster", inputs, { names: { name: "clusterName" } })],
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": ({
    clusterName,
    capacityProviders,
    defaultCapacityProviderStrategies = [],
  }) => [
    like("ecs", "PutClusterCapacityProviders", {
      cluster: clusterName,
      capacityProviders,
      defaultCapacityProviderStrategy: defaultCapacityProviderStrategies,
    }),
  ],
  "aws:ecs/service:Service": ({
    deploymentMaximumPercent,
    deploymentMinimumHealthyPercent,
    capacityProviderStrategies,
    ...inputs
  }) => [
    like(
      "ecs",
      "CreateService",
      {
        ...inputs,
        capacityProviderStrategy: capacityProviderStrategies,
        deploymentConfiguration: {
          maximumPercent: deploymentMaximumPercent,
          minimumHealthyPercent: deploymentMinimumHealthyPercent,
        },
      },
      { names: { name: "serviceName" } },
    ),
  ],
  "aws:ecs/taskDefinition:TaskDefinition": ({ containerDefinitions, ...inputs }) => [
    like("ecs", "RegisterTaskDefinition", { ...inputs, containerDefinitions: JSON.parse(open(containerDefinitions)) }),
  ],
  "aws:iam/instanceProfile:InstanceProfile": ({ name, role: roleName }) => [
    { service: "iam", operation: "CreateInstanceProfile", input: { InstanceProfileName: name } },
    { service: "iam", operation: "AddRoleToInstanceProfile", input: { InstanceProfileName: name, RoleName: roleName } },
  ],
  "aws:iam/role:Role": role,
  "aws:lambda/eventSourceMapping:EventSourceMapping": (inputs) => [like("lambda", "CreateEventSourceMapping", inputs)],
  "aws:lambda/function:Function": lambda,
  "aws:lambda/functionUrl:FunctionUrl": ({ authorizationType, functionName, invokeMode }) => [
    {
      service: "lambda",
      operation: "CreateFunctionUrlConfig",
      input: { AuthType: authorizationType, FunctionName: functionName, InvokeMode: invokeMode },
    },
  ],
  "aws:lambda/permission:Permission": ({ function: FunctionName, ...inputs }) => [
    like("lambda", "AddPermission", { FunctionName, StatementId: "statement", ...inputs }),
  ],
  "aws:s3/bucket:Bucket": ({ bucket }) => [{ service: "s3", operation: "CreateBucket", input: { Bucket: bucket } }],
  "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": ({ bucket, corsRules }) => [
    like("s3", "PutBucketCors", { bucket, CORSConfiguration: { corsRules } }),
  ],
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ({ bucket, rules }) => [
    like("s3", "PutBucketLifecycleConfiguration", { bucket, lifecycleConfiguration: { rules } }),
  ],
  "aws:s3/bucketObjectv2:BucketObjectv2": ({ bucket, key }) => [
    { service: "s3", operation: "PutObject", input: { Bucket: bucket, Key: key } },
  ],
  "aws:s3/bucketPolicy:BucketPolicy": ({ bucket, policy }) => [
    { service: "s3", operation: "PutBucketPolicy", input: { Bucket: bucket, Policy: policy } },
  ],
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ({ bucket, ...flags }) => [
    like("s3", "PutPublicAccessBlock", { bucket, publicAccessBlockConfiguration: flags }),
  ],
  "aws:scheduler/schedule:Schedule": (inputs) => [like("scheduler", "CreateSchedule", inputs)],
  "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": (inputs) => [
    like("servicediscovery", "CreatePrivateDnsNamespace", inputs),
  ],
  "aws:sns/topic:Topic": ({ name }) => [{ service: "sns", operation: "CreateTopic", input: { Name: name } }],
  "aws:sns/topicSubscription:TopicSubscription": ({ topic, protocol, endpoint }) => [
    { service: "sns", operation: "Subscribe", input: { TopicArn: topic, Protocol: protocol, Endpoint: endpoint } },
  ],
  "aws:sqs/queue:Queue": (inputs) => [
    { service: "sqs", operation: "CreateQueue", input: { QueueName: inputs["name"], Attributes: queueAttributes(inputs) } },
  ],
  "aws:ssm/parameter:Parameter": ({ name, type, value }) => [
    { service: "ssm", operation: "PutParameter", input: { Name: name, Type: type, Value: open(value) } },
  ],
};

function permissionsOf(operation: string, rules: readonly Inputs[]): Request[] {
  return rules.map(({ protocol, fromPort, toPort, cidrBlocks = [] }) => ({
    service: "ec2",
    operation,
    input: {
      GroupId: "sg-0",
      IpPermissions: [
        { IpProtocol: protocol, FromPort: fromPort, ToPort: toPort, IpRanges: cidrBlocks.map((CidrIp: string) => ({ CidrIp })) },
      ],
    },
  }));
}
