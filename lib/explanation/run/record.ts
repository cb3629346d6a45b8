import { CodedError } from "../../errors.ts";
import type { EventPayload } from "../log/events.ts";
import type { LogWriter } from "../log/log-writer.ts";
import { atMostEvery } from "./timer.ts";

/** The worker has to stop, and has not finished; somebody else shall begin anew. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

/** Milliseconds between two looks whether an explanation was cancelled, while there is nothing to tell. */
const LOOK_MS = 200;

/**
 * Sees work through: writes what happens into the log. A step that is null has nothing to tell, but the work can be stopped there
 * as well. Once `stop` aborts, throws its reason where that is a CodedError, which ends the explanation, and Stopped where it is
 * not; and Fenced once somebody else has written to the log.
 */
export async function record<Result>(
  writer: LogWriter,
  stop: AbortSignal,
  steps: AsyncGenerator<EventPayload | null, Result>,
): Promise<Result> {
  const isDue = atMostEvery(LOOK_MS);
  let step = await steps.next();
  for (; !step.done; step = await steps.next()) {
    if (stop.aborted) throw stop.reason instanceof CodedError ? stop.reason : new Stopped();
    if (step.value) await writer.write(step.value);
    else if (isDue()) await writer.look();
  }
  return step.value;
}
