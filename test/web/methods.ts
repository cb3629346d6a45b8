import { graphql } from "graphql";
import { schema } from "../../schema/schema.ts";
import { methodsQuery, type Method, type MethodsQuery } from "../../web/api/operations.ts";
import type { MethodDescription, Methods } from "../../web/methods.ts";

const { data, errors } = await graphql({ schema, source: methodsQuery });
if (errors) throw errors[0]!;

/** The methods as the page is told of them. */
export const methods: Methods = (data as unknown as MethodsQuery).methods;

export function methodNamed(name: Method): MethodDescription {
  return methods.find((method) => method.name === name)!;
}
