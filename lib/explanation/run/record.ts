import { CodedError } from "../../errors.ts";
import { drain, type Steps } from "../../steps/steps.ts";
import type { ObjectStore } from "../../storage/object-store.ts";
import { keys } from "../keys.ts";
import type { LogWriter } from "../log/log-writer.ts";
import type { PipelineStep } from "./pipeline.ts";
import { atMostEvery } from "./timer.ts";

/** The worker has to stop, and has not finished; another one starts the work again. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

/** Milliseconds between two checks whether an explanation was cancelled, while there is nothing to report. */
const CHECK_MS = 200;

/**
 * Drives a pipeline: writes its events into the log and its files into the store. A step that is null has nothing to report, but the
 * work can be stopped there as well. Once `stop` aborts, throws its reason where that is a CodedError, which ends the explanation, and
 * Stopped where it is not; and Fenced once anybody else has written to the log.
 */
export async function record(
  writer: LogWriter,
  store: ObjectStore,
  stop: AbortSignal,
  steps: Steps<PipelineStep, void>,
): Promise<void> {
  const isDue = atMostEvery(CHECK_MS);
  await drain(steps, async (step) => {
    if (stop.aborted) throw stop.reason instanceof CodedError ? stop.reason : new Stopped();
    if (step && "files" in step) {
      const { id } = writer.explanation;
      // Of one that was cancelled, and perhaps deleted since, nothing more shall be stored.
      await writer.look();
      await Promise.all(step.files.map(({ name, bytes }) => store.put(keys.file(id, name), bytes)));
    } else if (step) await writer.write(step.event);
    else if (isDue()) await writer.look();
  });
}
