import { CodedError, type ErrorCode } from "../../errors.ts";
import type { ObjectStore } from "../../storage/object-store.ts";
import { isFinished } from "../log/events.ts";
import { fold } from "../log/fold.ts";
import { readLog } from "../log/log.ts";
import { LogWriter } from "../log/log-writer.ts";

/** Why an explanation ends whose job has had its time: every attempt would take as long, so there is no other. */
export function timedOut(seconds: number): CodedError {
  return new CodedError(
    "TIMED_OUT",
    `The explanation did not end within ${seconds} s, the limit of a job here (VITCX_JOB_SECONDS). Ask for less: a larger \`delta\`, fewer masks, samples or draws, fewer metrics; or see whether the model itself ever ends.`,
  );
}

/**
 * Ends the explanation of a job that has had its time, from outside of the worker that is at it and does not answer. Does nothing where
 * it has ended, or is another worker's.
 *
 * @throws Fenced where somebody else wrote to the log meanwhile
 */
export async function endOverdue(
  store: ObjectStore,
  id: string,
  worker: string,
  { code, message }: { readonly code: ErrorCode; readonly message: string },
): Promise<void> {
  const log = await readLog(store, id);
  if (!log || isFinished(log)) return;
  const { status, latest } = fold(log);
  if (status !== "RUNNING" || latest.STARTED?.worker !== worker) return;
  await new LogWriter(store, log).write({ kind: "FAILED", code, message });
}
