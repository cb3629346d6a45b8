import pLimit from "p-limit";
import { CodedError } from "../../errors.ts";
import type { Deps } from "../deps.ts";
import { isFinal, lastKnown } from "../log/events.ts";
import { history, type HistoryFilter, isEmptyFilter } from "../log/history.ts";
import { deleteExplanation } from "./delete.ts";

/** What has become of the explanations that were to be deleted. */
export interface Deleted {
  readonly ids: readonly string[];
  /** Those that are queued or running, and were left. */
  readonly unfinishedIds: readonly string[];
  /** Whether there are more that could be deleted. */
  readonly more: boolean;
}

const AT_A_TIME = 4;

/**
 * Deletes the newest `first` of an owner's explanations that the filter takes and that are finished. Damaged ones are taken where the
 * filter asks for nothing but times: nothing else is known of them.
 *
 * @throws CodedError BAD_USER_INPUT for a filter without a field, and for `first` that is not 1 to 100
 */
export async function deleteExplanations(deps: Deps, owner: string, filter: HistoryFilter, first: number): Promise<Deleted> {
  if (first < 1 || first > 100)
    throw new CodedError("BAD_USER_INPUT", `Expected \`first\` to be an integer from 1 to 100, got ${first}.`);
  if (isEmptyFilter(filter))
    throw new CodedError("BAD_USER_INPUT", "Expected `filter` to have a field; `createdBefore` with a time to come takes all.");
  const found: string[] = [];
  const unfinishedIds: string[] = [];
  for await (const item of history(deps, owner, first + 1, undefined, filter)) {
    if ("error" in item) {
      if (item.error.code === "LOG_DAMAGED") found.push(item.id);
    } else if (isFinal(lastKnown(item.explanation))) found.push(item.explanation.id);
    else unfinishedIds.push(item.explanation.id);
    if (found.length > first || unfinishedIds.length >= 100) break;
  }
  const limit = pLimit(AT_A_TIME);
  const deletions = found
    .slice(0, first)
    .map((id) => limit(() => deleteExplanation(deps, owner, id).then(() => id, unlessMoved)));
  const ids = (await Promise.all(deletions)).filter((id) => id !== null);
  return { ids, unfinishedIds, more: found.length > first || unfinishedIds.length >= 100 };
}

/** One that somebody else has deleted or asked for again since it was found. */
function unlessMoved(error: unknown): null {
  if (error instanceof CodedError && (error.code === "EXPLANATION_UNKNOWN" || error.code === "EXPLANATION_UNFINISHED"))
    return null;
  throw error;
}
