import { check, type Submission } from "./check.ts";
import type { Desk } from "../deps.ts";
import { isFinished } from "../log/events.ts";
import { type Explanation, fold } from "../log/fold.ts";
import { keys } from "../keys.ts";
import { append, beginLog, type Log, readLog } from "../log/log.ts";
import { explanationId } from "./request.ts";
import { sendAgainIfLost } from "../log/send-again.ts";

/**
 * Accepts an image to explain, or finds the explanation that the same question had before. Checks everything first: throws
 * IMAGE_…, MODEL_UNKNOWN, CLASS_UNKNOWN or BAD_USER_INPUT before anything is stored. Each of the writes may be done again, so
 * one that was cut short is mended by asking again. What failed, was cancelled or has lost its files is queued anew.
 */
export async function submit(desk: Desk, submission: Submission): Promise<Explanation> {
  const question = await check(desk.catalog, submission, desk.maxPasses);
  const id = explanationId(question);
  const known = await readLog(desk.store, id);
  if (known !== null && !(await isOver(desk, known))) return sendAgainIfLost(desk, fold(known));

  const created = known === null ? new Date() : fold(known).createdAt;
  // Input, index key, log, queue: in this order, so that whatever is listed or queued can be read. Of what is asked for again the
  // first two are put anew, for a store may keep each object for so long and no longer.
  await desk.store.put(keys.input(id, question.image.format), submission.image);
  await desk.store.put(keys.historyEntry(question.owner, created, id), new Uint8Array());
  const queued = { kind: "QUEUED", question } as const;
  const appended =
    known === null
      ? await beginLog(desk.store, id, { ...queued, time: created.toISOString() })
      : await append(desk.store, known, queued);
  // Where somebody else was quicker, theirs is the same. Of a log that they have begun, their history entry is valid: see history.ts.
  const log = appended ?? (await existingLog(desk, id));
  await desk.queue.send({ id });
  return fold(log);
}

/** Whether asking again begins it anew: it failed, was cancelled, or succeeded so long ago that its files are there no more. */
async function isOver(desk: Desk, log: Log): Promise<boolean> {
  const { status, latest } = fold(log);
  if (status === "SUCCEEDED" && !latest.CANCELED) return (await desk.store.get(keys.file(log.id, "explanation.json"))) === null;
  return isFinished(log);
}

async function existingLog(desk: Desk, id: string): Promise<Log> {
  const log = await readLog(desk.store, id);
  if (log === null) throw new Error(`The log of ${id} has vanished`);
  return log;
}
