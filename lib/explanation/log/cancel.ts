import { CodedError } from "../../errors.ts";
import type { Deps } from "../deps.ts";
import { isFinal, lastKnown } from "./events.ts";
import { type Explanation, fold } from "./fold.ts";
import { keys } from "../keys.ts";
import { append, readLog } from "./log.ts";
import { measurementsFile } from "../results/measurements.ts";
import { getExplanation } from "./read.ts";

/**
 * Cancels an explanation: its worker's next append fails, it sees why and stops, within one batch. Where the map is final, only the
 * metrics still to come are cancelled, and the explanation has succeeded with those that are there. One that is cancelled already
 * stays so; throws EXPLANATION_FINISHED where there is nothing left to cancel, and EXPLANATION_UNKNOWN.
 */
export async function cancel(deps: Deps, owner: string, id: string): Promise<Explanation> {
  await getExplanation(deps, owner, id);
  for (;;) {
    const log = await readLog(deps.store, id);
    if (log === null) throw new Error(`The log of ${id} has vanished`);
    const last = lastKnown(log);
    if (last.kind === "CANCELED") return fold(log);
    if (isFinal(last))
      throw new CodedError(
        "EXPLANATION_FINISHED",
        `The explanation has ${last.kind.toLowerCase()} already and cannot be cancelled.`,
      );
    const explanation = fold(log);
    if (explanation.latest.MAPPED && explanation.request.metrics)
      await deps.store.put(keys.file(id, "metrics.json"), measurementsFile(explanation));
    const canceled = await append(deps.store, log, { kind: "CANCELED" });
    if (canceled) return fold(canceled);
  }
}
