import { setTimeout } from "node:timers/promises";
import { CodedError } from "../../errors.ts";
import type { Deps } from "../deps.ts";
import { type KnownEvent, isFinished } from "./events.ts";
import { type Explanation, fold } from "./fold.ts";
import { type Log, readLog } from "./log.ts";
import { getExplanation } from "./read.ts";
import { sendAgainIfLost } from "./send-again.ts";

/** An event with its sequence number and the explanation's id. */
export interface Followed {
  readonly id: string;
  readonly sequence: number;
  readonly event: KnownEvent;
}

/** The events that have happened after sequence number `after`, but for those that this version does not know. */
export function eventsAfter({ id, events }: Pick<Log, "id" | "events">, after: number): readonly Followed[] {
  return events
    .flatMap((event, i) => (event.kind === "UNKNOWN" ? [] : [{ id, sequence: i + 1, event }]))
    .filter(({ sequence }) => sequence > after);
}

/**
 * The events of an explanation after sequence number `after`, those that have happened and those still to come, each once and in
 * order; ends after the last event of one that is finished, and when `signal` aborts. Polls the store, where "unchanged" costs
 * next to nothing. Throws EXPLANATION_UNKNOWN, and BAD_USER_INPUT for an `after` below 0, before anything is yielded.
 */
export async function follow(deps: Deps, owner: string, id: string, after: number, signal: AbortSignal, pollMs: number) {
  if (after < 0)
    throw new CodedError("BAD_USER_INPUT", `Expected \`after\` to be 0 or the sequence number of an event, got ${after}.`);
  await getExplanation(deps, owner, id);
  return poll(deps, id, after, signal, pollMs);
}

/** How many looks in a row may fail before whoever follows is told. */
const FAILURES = 5;

/** A store that does not answer for a moment ends nobody's subscription. */
async function patiently<Result>(look: () => Promise<Result>, signal: AbortSignal, pollMs: number): Promise<Result> {
  for (let failures = 1; ; failures++) {
    try {
      return await look();
    } catch (error) {
      if (failures === FAILURES || signal.aborted || error instanceof CodedError) throw error;
      await setTimeout(pollMs * 2 ** failures, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function* poll(deps: Deps, id: string, after: number, signal: AbortSignal, pollMs: number): AsyncGenerator<Followed> {
  let known: { readonly etag: string; readonly explanation: Explanation } | undefined;
  let seen = after;
  while (!signal.aborted) {
    const read = await patiently(() => (known ? readLog(deps.store, id, known.etag) : readLog(deps.store, id)), signal, pollMs);
    if (read === null) return;
    if (read !== "unchanged") {
      known = { etag: read.etag, explanation: fold(read) };
      yield* eventsAfter(read, seen);
      seen = Math.max(seen, read.events.length);
      if (isFinished(read)) return;
    } else if (known) {
      await sendAgainIfLost(deps, known.explanation);
    }
    await setTimeout(pollMs, undefined, { signal }).catch(() => undefined);
  }
}
