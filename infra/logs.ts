import type { Statement } from "./role.ts";

/** Where a part of a stage writes its log, for 30 days: `/vitcx/<stage>/<part>`. */
export function logGroup(name: string, part: string) {
  return new aws.cloudwatch.LogGroup(name, { name: `/${$app.name}/${$app.stage}/${part}`, retentionInDays: 30 });
}

/** Of the metrics that the code writes into its log. */
export function namespace(): string {
  return `${$app.name}/${$app.stage}`;
}

/** What one has to be allowed to do to write there. */
export function writing(logs: aws.cloudwatch.LogGroup): Statement {
  return { actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [$interpolate`${logs.arn}:*`] };
}
