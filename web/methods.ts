import { ask } from "./api/graphql.ts";
import { type Method, methodsQuery, type MethodsQuery } from "./api/operations.ts";
import { type Answer, useAnswer } from "./use-answer.ts";

/** A method, as the server describes it. */
export type MethodDescription = MethodsQuery["methods"][number];

/** Those of the server, the one that it uses by default first. */
export type Methods = readonly MethodDescription[];

let known: MethodsQuery | undefined;
let coming: Promise<MethodsQuery> | undefined;

/** The methods and the metrics, which are fetched once for as long as the page is loaded. Throws an ApiError. */
async function fetchKnown(): Promise<MethodsQuery> {
  if (known) return known;
  coming ??= ask(methodsQuery, {})
    .then((answer) => (known = answer))
    .finally(() => (coming = undefined));
  return coming;
}

/** The methods. Throws an ApiError. */
export async function fetchMethods(): Promise<Methods> {
  return (await fetchKnown()).methods;
}

/** The metrics that a map can be measured by. Throws an ApiError. */
export async function fetchMetrics(): Promise<MethodsQuery["metrics"]> {
  return (await fetchKnown()).metrics;
}

/** The methods, for a view: at once where they have been fetched. */
export function useMethods(): Answer<Methods> {
  return useAnswer(fetchMethods, known?.methods);
}

/** The metrics, for a view; none until they have been fetched. */
export function useMetrics(): MethodsQuery["metrics"] {
  return useAnswer(fetchMetrics, known?.metrics).result ?? [];
}

/** The one of this name, and the default one of an empty name; undefined until the methods are known. */
export function methodNamed(methods: Methods | undefined, name: Method | ""): MethodDescription | undefined {
  return name === "" ? methods?.[0] : methods?.find((method) => method.name === name);
}

/** Whether it draws random numbers. */
export function isSeeded(method: MethodDescription | undefined): boolean {
  return method?.options.some(({ name }) => name === "seed") ?? false;
}
