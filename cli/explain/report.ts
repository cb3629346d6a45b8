import type { ResultFile } from "../../lib/explanation/results/evidence-files.ts";
import type { Explanation } from "../../lib/explanation/log/fold.ts";
import { measurementsOf } from "../../lib/explanation/results/measurements.ts";
import type { AnyOptions } from "../../lib/explanation/request/options.ts";
import { progressOf } from "../../lib/explanation/log/progress.ts";
import { timingsOf } from "../../lib/explanation/results/summary.ts";

/** What a finished explanation says in a terminal. */
export function reportOf(explanation: Explanation, folder: string, files: readonly ResultFile[]): string {
  const { latest, request } = explanation;
  const { predictions, target } = latest.CLASSIFIED!;
  const { seed }: AnyOptions = request.options;
  const classes = predictions
    .slice(0, 5)
    .map(({ label, probability }) => `  ${(100 * probability).toFixed(1).padStart(5)} %  ${label}`);
  return [
    `${request.model.id} sees:`,
    ...classes,
    `explained: ${target.label} (class ${target.index})${seed === undefined ? "" : `, seed ${seed}`}`,
    `${workOf(explanation)}, ${((timingsOf(explanation).total ?? 0) / 1000).toFixed(1)} s`,
    ...measurementsOf(explanation).map(({ metric, value }) => `  ${value.toFixed(3).padStart(7)}  ${metric}`),
    `in ${folder}: ${files.map(({ name }) => name).join(", ")}`,
  ].join("\n");
}

function workOf(explanation: Explanation): string {
  const { latest } = explanation;
  if (!latest.CLUSTERED) return `masks: ${progressOf(explanation).total ?? 0}`;
  return `masks: ${latest.CLUSTERED.clusterSizes.length} of ${latest.CLUSTERED.maps} embedding maps`;
}
