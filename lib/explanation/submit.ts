import { check, type Submission } from "./check.ts";
import type { Desk } from "./desk.ts";
import { type Explanation, fold } from "./fold.ts";
import { keys } from "./keys.ts";
import { append, beginLog, type Log, readLog } from "./log.ts";
import { explanationId, type Question } from "./question.ts";
import { sendAgainIfLost } from "./send-again.ts";

/**
 * Accepts an image to explain, or finds the explanation that the same question had before. Checks everything first: throws
 * IMAGE_…, MODEL_UNKNOWN, CLASS_UNKNOWN or BAD_USER_INPUT before anything is stored. Each of the writes may be done again, so
 * one that was cut short is mended by asking again. What failed or was cancelled is queued anew.
 */
export async function submit(desk: Desk, submission: Submission): Promise<Explanation> {
  const question = await check(desk.catalog, submission);
  const id = explanationId(question);
  const known = await readLog(desk.store, id);
  if (known === null) return fold(await begin(desk, id, question, submission.image));

  const explanation = fold(known);
  if (explanation.status !== "FAILED" && explanation.status !== "CANCELED") return sendAgainIfLost(desk, explanation);
  // Where somebody else has appended first, theirs is the same: asking again.
  const again = (await append(desk.store, known, { kind: "QUEUED", question })) ?? (await existingLog(desk, id));
  await desk.queue.send({ id });
  return fold(again);
}

/** Input, index key, log, queue: in this order, so that whatever is listed or queued can be read. */
async function begin(desk: Desk, id: string, question: Question, image: Uint8Array): Promise<Log> {
  await desk.store.put(keys.input(id, question.image.format), image);
  const created = new Date();
  await desk.store.put(keys.historyEntry(question.owner, created, id), new Uint8Array());
  const first = { kind: "QUEUED", question, time: created.toISOString() } as const;
  // Where another request has begun the same log meanwhile, its history entry is the valid one: see history.ts.
  const log = (await beginLog(desk.store, id, first)) ?? (await existingLog(desk, id));
  await desk.queue.send({ id });
  return log;
}

async function existingLog(desk: Desk, id: string): Promise<Log> {
  const log = await readLog(desk.store, id);
  if (log === null) throw new Error(`The log of ${id} has vanished`);
  return log;
}
