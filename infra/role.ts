/** A role that this service, and nobody else, may assume. */
export function roleOf(service: string) {
  return aws.iam.assumeRolePolicyForPrincipal({ Service: service });
}

export interface Statement {
  readonly actions: string[];
  readonly resources: $util.Input<string>[];
  readonly conditions?: { test: string; variable: string; values: string[] }[];
}

/** A role's own policy; roles have no other, for AWS's own policies name no resources. */
export function policyOf(statements: Statement[]) {
  return [{ name: "vitcx", policy: aws.iam.getPolicyDocumentOutput({ statements }).json }];
}
