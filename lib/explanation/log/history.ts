import { CodedError } from "../../errors.ts";
import type { Deps } from "../deps.ts";
import type { MethodName } from "../../methods/registry.ts";
import { isGiven } from "../../options/complete.ts";
import { type Explanation, fold, type Status } from "./fold.ts";
import { keys, parseHistoryEntry } from "../keys.ts";
import { readLog } from "./log.ts";

/** An explanation and the place in the history where it stands. */
export interface HistoryItem {
  readonly cursor: string;
  readonly explanation: Explanation;
}

export interface HistoryPage {
  readonly items: readonly HistoryItem[];
  /** Whether older ones follow. */
  readonly more: boolean;
  /** Those between them whose logs cannot be read. */
  readonly damaged: readonly DamagedExplanation[];
}

/** An explanation whose log is damaged, or a newer version's. */
export interface DamagedExplanation {
  readonly id: string;
  readonly createdAt: Date;
  readonly error: CodedError;
}

/** Which explanations are meant: those that every given field takes. */
export interface HistoryFilter {
  readonly status?: readonly Status[] | null | undefined;
  readonly method?: readonly MethodName[] | null | undefined;
  /** The id of the model that was asked. */
  readonly model?: string | null | undefined;
  /** Asked for at this time or later. */
  readonly createdAfter?: Date | null | undefined;
  /** Asked for before this time. */
  readonly createdBefore?: Date | null | undefined;
}

export function isEmptyFilter(filter: HistoryFilter): boolean {
  return Object.values(filter).every((value) => value === undefined || value === null);
}

/** `first` explanations of an owner, 1 to 100, that the filter takes and that stand after the cursor, newest first. Throws BAD_USER_INPUT. */
export async function historyPage(
  deps: Deps,
  owner: string,
  first: number,
  after: string | undefined,
  filter: HistoryFilter = {},
): Promise<HistoryPage> {
  if (first < 1 || first > 100)
    throw new CodedError("BAD_USER_INPUT", `Expected \`first\` to be an integer from 1 to 100, got ${first}.`);
  const items: HistoryItem[] = [];
  const damaged: DamagedExplanation[] = [];
  for await (const item of history(deps, owner, first + 1, after, filter)) {
    if ("error" in item) damaged.push(item);
    else items.push(item);
    if (items.length > first) break;
  }
  return { items: items.slice(0, first), more: items.length > first, damaged };
}

/**
 * Reads `batch` entries at a time. One without a log of its own time belongs to a submission that was cut short or came second,
 * and is passed over.
 */
export async function* history(
  deps: Deps,
  owner: string,
  batch: number,
  after: string | undefined,
  filter: HistoryFilter,
): AsyncGenerator<HistoryItem | DamagedExplanation> {
  const prefix = keys.history(owner);
  const { createdBefore, createdAfter } = filter;
  const beginnings = [
    ...(after === undefined ? [] : [prefix + after]),
    ...(createdBefore ? [keys.historyBefore(owner, createdBefore)] : []),
  ];
  let page = await deps.store.list(prefix, beginnings.toSorted().at(-1), batch);
  while (page.length > 0) {
    const recent = page.filter((key) => !createdAfter || parseHistoryEntry(key).created >= createdAfter);
    const explanations = await Promise.all(recent.map((key) => readEntry(deps, key)));
    for (const [i, explanation] of explanations.entries()) {
      if (explanation === null || !isTaken(explanation, filter)) continue;
      yield "error" in explanation ? explanation : { cursor: page[i]!.slice(prefix.length), explanation };
    }
    if (recent.length < page.length) return;
    page = await deps.store.list(prefix, page[page.length - 1], batch);
  }
}

/** Of one that cannot be read nothing is known but its time. */
function isTaken(explanation: Explanation | DamagedExplanation, { status, method, model }: HistoryFilter): boolean {
  if ("error" in explanation) return !status && !method && !isGiven(model);
  const { request } = explanation;
  if (status && !status.includes(explanation.status)) return false;
  if (method && !method.includes(request.method)) return false;
  return !isGiven(model) || request.model.id === model;
}

async function readEntry(deps: Deps, key: string): Promise<Explanation | DamagedExplanation | null> {
  const { id, created } = parseHistoryEntry(key);
  const log = await readLog(deps.store, id).catch((error: unknown) => {
    if (error instanceof CodedError) return error;
    throw error;
  });
  if (log instanceof CodedError) return { id, createdAt: created, error: log };
  const explanation = log && fold(log);
  return explanation?.createdAt.getTime() === created.getTime() ? explanation : null;
}
