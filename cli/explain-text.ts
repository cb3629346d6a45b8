import type { ResultFile } from "../lib/explanation/results/evidence-files.ts";
import type { Explanation } from "../lib/explanation/log/fold.ts";
import { measurementsOf } from "../lib/explanation/results/measurements.ts";
import type { AnyOptions } from "../lib/explanation/request/options.ts";
import { progressOf } from "../lib/explanation/log/progress.ts";
import { metricsHelp } from "../lib/explanation/request/metrics-help.ts";
import { inColumn } from "./help-column.ts";
import { timingsOf } from "../lib/explanation/results/summary.ts";

export const usage = `npm run explain -- PHOTO [options]

  --model ID             default: emoji-vit, or the first there is
  --models DIR           the folder of models, or several; default: VITCX_MODELS, or models
  --method NAME          vit-cx, occlusion, rise, score-cam, random or centre-gaussian; with options behind colons, as
                         vit-cx:noise-draws=4:corrected=false or rise:count=1000; default: vit-cx
  --target LABEL|INDEX   the class to explain; default: the most probable one
  --seed N               of the noise; default: 0
  --noise-sd NUMBER      its standard deviation in normalised pixel space; default: 0.1
  --delta NUMBER         the clustering threshold; default: the model's
  --metrics NAMES        ${inColumn(metricsHelp())}
  --box L,T,R,B          where the object is, in pixels of the photo: left, top, right, bottom; may come several times
  --out DIR              where the files go; default: explanation`;

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
