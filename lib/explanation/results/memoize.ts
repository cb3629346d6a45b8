import type { Explanation } from "../log/fold.ts";

const known = new WeakMap<Explanation, Map<string, Promise<unknown>>>();

/**
 * What `find` finds out about an explanation, once for each object of it, however many fields of an answer ask; `what` names it
 * among all that is found out. It is kept as long as the object is, so it should be small.
 */
export function once<Result>(explanation: Explanation, what: string, find: () => Promise<Result>): Promise<Result> {
  const found = known.get(explanation) ?? new Map<string, Promise<unknown>>();
  known.set(explanation, found);
  const result = (found.get(what) as Promise<Result> | undefined) ?? find();
  found.set(what, result);
  return result;
}
