import { check, type Submission } from "./check.ts";
import type { Deps } from "../deps.ts";
import { isFinished, LOG_VERSION } from "../log/events.ts";
import { type Explanation, fold } from "../log/fold.ts";
import { takeOverDeletion } from "../delete/delete.ts";
import { keys } from "../keys.ts";
import { append, beginLog, type Log, readLog, readLogOrTombstone, replaceDamagedLog, unlessDamaged } from "../log/log.ts";
import { mostPasses } from "./cost.ts";
import { type Quota, reserve } from "./ledger.ts";
import { explanationId } from "./request.ts";
import { sendAgainIfLost, sendJob } from "../log/send-again.ts";

/** What whoever asks may use. */
export interface Allowance {
  /** What all of the owner's explanations together may use. */
  readonly quota?: Quota;
  /** Told of the most passes of the model that what is queued may take; throws where that is too many. */
  readonly spend?: (passes: number) => void;
}

/**
 * Accepts an image to explain, or finds the explanation that the same request had before. Checks everything first: throws IMAGE_…,
 * MODEL_UNKNOWN, CLASS_UNKNOWN, BAD_USER_INPUT, LIMIT_EXCEEDED or QUOTA_EXCEEDED before anything of it is stored. Each of the writes may be
 * done again, so one that was cut short is mended by asking again. What failed, was cancelled, has lost its files or whose log is damaged
 * is queued again.
 */
export async function submit(deps: Deps, submission: Submission, allowance: Allowance = {}): Promise<Explanation> {
  const request = await check(deps.catalog, submission, deps.maxPasses);
  const id = explanationId(request);
  const found = await readLogOrTombstone(deps.store, id).catch(unlessDamaged);
  if (found !== null && found !== "damaged" && "created" in found) {
    await takeOverDeletion(deps, found);
    return submit(deps, submission, allowance);
  }
  const known = found === "damaged" ? null : found;
  if (known !== null && !(await isOver(deps, known))) return sendAgainIfLost(deps, fold(known));

  const passes = mostPasses(request, request.metrics, deps.catalog.get(request.model.id).manifest);
  allowance.spend?.(passes);
  await reserve(deps.store, { id, owner: request.owner, passes }, allowance.quota ?? {}, deps.keepDays);
  const created = known === null ? new Date() : fold(known).createdAt;
  // Input, index key, log, queue: in this order, so that whatever is listed or queued can be read. Of what is asked for again the
  // first two are put again, for a store may keep each object for so long and no longer.
  await deps.store.put(keys.input(id, request.image.format), submission.image);
  await deps.store.put(keys.historyEntry(request.owner, created, id), new Uint8Array());
  const queued = { kind: "QUEUED", version: LOG_VERSION, request } as const;
  const begin = found === "damaged" ? replaceDamagedLog : beginLog;
  const appended =
    known === null
      ? await begin(deps.store, id, { ...queued, time: created.toISOString() })
      : await append(deps.store, known, queued);
  // Where somebody else was quicker, theirs is the same. Of a log that they have begun, their history entry is valid: see history.ts.
  const log = appended ?? (await readLog(deps.store, id));
  // It was deleted meanwhile.
  if (log === null) return submit(deps, submission, allowance);
  await sendJob(deps, id, request.owner);
  return fold(log);
}

/** Whether asking again starts it over: it failed, was cancelled, or succeeded so long ago that its files are there no more. */
async function isOver(deps: Deps, log: Log): Promise<boolean> {
  const { status, latest } = fold(log);
  if (status === "SUCCEEDED" && !latest.CANCELED) return (await deps.store.get(keys.file(log.id, "explanation.json"))) === null;
  return isFinished(log);
}
