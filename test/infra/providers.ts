import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { stagesOf } from "../container/dockerfile.ts";

export const ACCOUNT = "123456789012";
export const REGION = "eu-central-1";

/** Where Pulumi starts the providers, so where their relative paths lead. */
const PROVIDER_FOLDER = ".sst/platform";

type Inputs = Readonly<Record<string, any>>;

/** A resource as the provider has planned it, and what it makes known of it once it exists. */
export interface Provided {
  readonly id: string;
  readonly inputs: Inputs;
  readonly state: Inputs;
}

/**
 * What the AWS provider and docker-build make of a resource: automatic names (the logical name in the case that it was written in, "-" and
 * seven hex digits), ids, ARNs, repository addresses and digests in the form that AWS gives them. Throws where the provider would.
 */
export function provide(type: string, name: string, given: Inputs): Provided {
  const hex = createHash("sha256").update(`${type} ${name}`).digest("hex");
  if (type === "docker-build:index:Image") return { id: name, inputs: given, state: buildImage(given, hex) };
  const inputs = named.has(type) && given["name"] === undefined ? { name: `${name}-${hex.slice(0, 7)}`, ...given } : given;
  const physical = inputs["name"] ?? inputs["bucket"] ?? inputs["family"] ?? name;
  const id = prefixes[type] === undefined ? String(physical) : `${prefixes[type]}-0${hex.slice(0, 16)}`;
  const state = {
    name: physical,
    arn: arns[type]?.(physical, inputs, hex) ?? `arn:aws:none:${REGION}:${ACCOUNT}:${physical}`,
    registryId: ACCOUNT,
    repositoryUrl: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/${physical}`,
    functionUrl: `https://${name.toLowerCase()}.lambda-url.${REGION}.on.aws/`,
    base64: Buffer.alloc(32).toString("base64"),
    ...madeKnown[type]?.(inputs, hex),
    ...(type === "aws:sqs/queue:Queue" && { url: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${physical}` }),
    ...inputs,
  };
  return { id, inputs, state };
}

/** docker-build: `ref` is the first tag with the digest beside it; the paths are its own process's. */
function buildImage(inputs: Inputs, hex: string): Inputs {
  const [tag] = (inputs["tags"] ?? []) as string[];
  const dockerfile = resolve(PROVIDER_FOLDER, inputs["dockerfile"]?.location ?? "Dockerfile");
  const context = resolve(PROVIDER_FOLDER, inputs["context"].location);
  const refuseAbsent = (path: string) => {
    if (!existsSync(path)) throw new Error(`docker-build: open ${path}: no such file or directory`);
  };
  refuseAbsent(dockerfile);
  for (const { name, rest, from } of stagesOf(readFileSync(dockerfile, "utf8")).flatMap(({ instructions }) => instructions)) {
    if (name === "COPY" && from === undefined)
      rest
        .split(" ")
        .slice(0, -1)
        .forEach((path) => refuseAbsent(resolve(context, path)));
  }
  const digest = `sha256:${hex}`;
  return { ...inputs, digest, ref: tag === undefined ? digest : `${tag}@${digest}` };
}

/** What else is known of a resource once it is there. */
const madeKnown: Readonly<Record<string, (inputs: Inputs, hex: string) => Inputs>> = {
  "aws:acm/certificate:Certificate": ({ domainName }, hex) => ({
    domainValidationOptions: [
      {
        domainName,
        resourceRecordType: "CNAME",
        resourceRecordName: `_${hex.slice(0, 32)}.${domainName}.`,
        resourceRecordValue: `_${hex.slice(32, 64)}.acm-validations.aws.`,
      },
    ],
  }),
  // The zone of all that is in CloudFront.
  "aws:cloudfront/distribution:Distribution": (_, hex) => ({
    domainName: `d${hex.slice(0, 13)}.cloudfront.net`,
    hostedZoneId: "Z2FDTNDATAQYW2",
  }),
  // SST's look for the Route 53 zone that a domain is in.
  "pulumi-nodejs:dynamic:Resource": () => ({ zoneId: "Z0123456789ABCDEFGHIJ" }),
};

/** Types whose `name` Pulumi makes up where none is given. */
const named = new Set([
  "aws:appautoscaling/policy:Policy",
  "aws:autoscaling/group:Group",
  "aws:budgets/budget:Budget",
  "aws:cloudfront/cachePolicy:CachePolicy",
  "aws:cloudfront/function:Function",
  "aws:cloudfront/keyValueStore:KeyValueStore",
  "aws:cloudwatch/dashboard:Dashboard",
  "aws:cloudwatch/logMetricFilter:LogMetricFilter",
  "aws:cloudwatch/metricAlarm:MetricAlarm",
  "aws:ec2/launchTemplate:LaunchTemplate",
  "aws:ec2/securityGroup:SecurityGroup",
  "aws:ecr/repository:Repository",
  "aws:ecs/service:Service",
  "aws:iam/instanceProfile:InstanceProfile",
  "aws:iam/role:Role",
  "aws:lambda/function:Function",
  "aws:scheduler/schedule:Schedule",
  "aws:sns/topic:Topic",
  "aws:sqs/queue:Queue",
  "aws:ssm/parameter:Parameter",
]);

const prefixes: Readonly<Record<string, string>> = {
  "aws:ec2/internetGateway:InternetGateway": "igw",
  "aws:ec2/launchTemplate:LaunchTemplate": "lt",
  "aws:ec2/routeTable:RouteTable": "rtb",
  "aws:ec2/securityGroup:SecurityGroup": "sg",
  "aws:ec2/subnet:Subnet": "subnet",
  "aws:ec2/vpc:Vpc": "vpc",
};

const arn = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
const uuid = (hex: string) =>
  [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");

const arns: Readonly<Record<string, (name: string, inputs: Inputs, hex: string) => string>> = {
  "aws:appautoscaling/policy:Policy": (name, { resourceId }, hex) =>
    arn("autoscaling", `scalingPolicy:${uuid(hex)}:resource/ecs/${resourceId}:policyName/${name}`),
  "aws:autoscaling/group:Group": (name, _, hex) =>
    arn("autoscaling", `autoScalingGroup:${uuid(hex)}:autoScalingGroupName/${name}`),
  "aws:acm/certificate:Certificate": (_, __, hex) => `arn:aws:acm:us-east-1:${ACCOUNT}:certificate/${uuid(hex)}`,
  "aws:cloudfront/distribution:Distribution": (_, __, hex) =>
    `arn:aws:cloudfront::${ACCOUNT}:distribution/E${hex.slice(0, 13).toUpperCase()}`,
  "aws:cloudfront/function:Function": (name) => `arn:aws:cloudfront::${ACCOUNT}:function/${name}`,
  "aws:cloudfront/keyValueStore:KeyValueStore": (_, __, hex) => `arn:aws:cloudfront::${ACCOUNT}:key-value-store/${uuid(hex)}`,
  "aws:cloudwatch/logGroup:LogGroup": (name) => arn("logs", `log-group:${name}`),
  "aws:cloudwatch/metricAlarm:MetricAlarm": (name) => arn("cloudwatch", `alarm:${name}`),
  "aws:ecr/repository:Repository": (name) => arn("ecr", `repository/${name}`),
  "aws:ecs/capacityProvider:CapacityProvider": (name) => arn("ecs", `capacity-provider/${name}`),
  "aws:ecs/cluster:Cluster": (name) => arn("ecs", `cluster/${name}`),
  "aws:ecs/service:Service": (name, { cluster }) => arn("ecs", `service/${String(cluster).split("/").at(-1)}/${name}`),
  "aws:ecs/taskDefinition:TaskDefinition": (family) => arn("ecs", `task-definition/${family}:1`),
  "aws:iam/instanceProfile:InstanceProfile": (name) => `arn:aws:iam::${ACCOUNT}:instance-profile/${name}`,
  "aws:iam/role:Role": (name) => `arn:aws:iam::${ACCOUNT}:role/${name}`,
  "aws:lambda/function:Function": (name) => arn("lambda", `function:${name}`),
  "aws:s3/bucket:Bucket": (name) => `arn:aws:s3:::${name}`,
  "aws:scheduler/schedule:Schedule": (name) => arn("scheduler", `schedule/default/${name}`),
  "aws:sns/topic:Topic": (name) => arn("sns", name),
  "aws:sqs/queue:Queue": (name) => arn("sqs", name),
  "aws:ssm/parameter:Parameter": (name) => arn("ssm", `parameter/${name.replace(/^\//, "")}`),
};

/** What the data sources answer; throws for one that nobody has described. */
export function look(token: string, inputs: any): unknown {
  const source = sources[token];
  if (source === undefined) throw new Error(`Expected a data source that test/infra/providers.ts knows, got ${token}`);
  return source(inputs);
}

const sources: Readonly<Record<string, (inputs: any) => unknown>> = {
  "aws:index/getRegion:getRegion": () => ({ region: REGION, name: REGION, id: REGION }),
  "aws:index/getPartition:getPartition": () => ({ partition: "aws" }),
  "aws:index/getCallerIdentity:getCallerIdentity": () => ({ accountId: ACCOUNT }),
  "aws:index/getAvailabilityZones:getAvailabilityZones": () => ({ names: ["a", "b", "c"].map((zone) => REGION + zone) }),
  "aws:ssm/getParameter:getParameter": ({ name }) => ({ name, value: `ami-0${"a1".repeat(8)}` }),
  "aws:ecr/getAuthorizationToken:getAuthorizationToken": () => ({
    proxyEndpoint: `https://${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`,
    userName: "AWS",
    password: "password",
  }),
  "aws:iam/getPolicyDocument:getPolicyDocument": ({ statements = [] }) => ({
    statements,
    json: JSON.stringify({
      Version: "2012-10-17",
      Statement: statements.map((statement: any) => ({
        Effect: statement.effect ?? "Allow",
        Action: statement.actions,
        Resource: statement.resources,
        Principal: principals(statement.principals),
        Condition: conditions(statement.conditions),
      })),
    }),
  }),
};

function principals(given: { type: string; identifiers: string[] }[] | undefined): unknown {
  return (
    given &&
    (given.some(({ type }) => type === "*") ? "*" : Object.fromEntries(given.map((each) => [each.type, each.identifiers])))
  );
}

function conditions(given: { test: string; variable: string; values: string[] }[] | undefined): unknown {
  return given && Object.fromEntries(given.map(({ test, variable, values }) => [test, { [variable]: values }]));
}
