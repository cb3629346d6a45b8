import { CodedError } from "../../errors.ts";
import type { Deps } from "../deps.ts";
import { type Explanation, fold } from "./fold.ts";
import { readLog } from "./log.ts";
import { sendAgainIfLost } from "./send-again.ts";

/** An explanation as its owner sees it; null where it has none of this id. */
export async function findExplanation(deps: Deps, owner: string, id: string): Promise<Explanation | null> {
  if (!/^[0-9a-z]{1,64}$/.test(id)) return null;
  const log = await readLog(deps.store, id);
  const explanation = log && fold(log);
  return explanation?.request.owner === owner ? sendAgainIfLost(deps, explanation) : null;
}

/** The same, but throws EXPLANATION_UNKNOWN. */
export async function getExplanation(deps: Deps, owner: string, id: string): Promise<Explanation> {
  const explanation = await findExplanation(deps, owner, id);
  if (explanation === null) throw unknownExplanation(id);
  return explanation;
}

export function unknownExplanation(id: string): CodedError {
  return new CodedError("EXPLANATION_UNKNOWN", `There is no explanation with the id ${JSON.stringify(id)}.`);
}
