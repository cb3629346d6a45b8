/** A member of a structure, or a value of an enum, that AWS has added since the API models of 2022. */
interface Newer {
  readonly service: string;
  readonly shape: string;
  readonly member?: string;
  readonly value?: string;
}

/** Each with the page of AWS's documentation that has it. What is not here is a mistake. */
export const newer: readonly (Newer & { readonly page: string })[] = [
  {
    service: "cloudfront",
    shape: "FunctionRuntime",
    value: "cloudfront-js-2.0",
    page: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html",
  },
  {
    service: "lambda",
    shape: "Runtime",
    value: "nodejs24.x",
    page: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
  },
  {
    service: "lambda",
    shape: "CreateFunctionRequest",
    member: "LoggingConfig",
    page: "https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html",
  },
  {
    service: "lambda",
    shape: "AddPermissionRequest",
    member: "InvokedViaFunctionUrl",
    page: "https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html",
  },
  {
    service: "lambda",
    shape: "CreateFunctionUrlConfigRequest",
    member: "InvokeMode",
    page: "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html",
  },
  {
    service: "lambda",
    shape: "CreateEventSourceMappingRequest",
    member: "ScalingConfig",
    page: "https://docs.aws.amazon.com/lambda/latest/api/API_ScalingConfig.html",
  },
  {
    service: "ecs",
    shape: "AutoScalingGroupProvider",
    member: "managedDraining",
    page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AutoScalingGroupProvider.html",
  },
];

const key = ({ service, shape, member, value }: Newer) => [service, shape, member, value].join(" ");
const used = new Set<string>();

export function isListed(found: Newer): boolean {
  const listed = newer.some((each) => key(each) === key(found));
  if (listed) used.add(key(found));
  return listed;
}

/** Entries that nothing has needed since this process began. */
export function unused(): string[] {
  return newer.map(key).filter((each) => !used.has(each));
}
