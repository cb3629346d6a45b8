import type { ResultFile } from "../lib/explanation/evidence-files.ts";
import type { Explanation } from "../lib/explanation/fold.ts";
import { timingsOf } from "../lib/explanation/summary.ts";

export const usage = `npm run explain -- PHOTO [options]

  --model ID             default: emoji-vit, or the first there is
  --models DIR           the folder of models, or several; default: VITCX_MODELS, or models
  --target LABEL|INDEX   the class to explain; default: the most probable one
  --seed N               of the noise; default: 0
  --noise-sd NUMBER      its standard deviation in normalised pixel space; default: 0.1
  --delta NUMBER         the clustering threshold; default: the model's
  --out DIR              where the files go; default: explanation`;

/** What a finished explanation says in a terminal. */
export function reportOf(explanation: Explanation, folder: string, files: readonly ResultFile[]): string {
  const { latest, question } = explanation;
  const { predictions, target } = latest.CLASSIFIED!;
  const { maps, clusterSizes } = latest.CLUSTERED!;
  const classes = predictions
    .slice(0, 5)
    .map(({ label, probability }) => `  ${(100 * probability).toFixed(1).padStart(5)} %  ${label}`);
  return [
    `${question.model.id} sees:`,
    ...classes,
    `explained: ${target.label} (class ${target.index}), seed ${question.options.seed}`,
    `masks: ${clusterSizes.length} of ${maps} embedding maps, ${((timingsOf(explanation).total ?? 0) / 1000).toFixed(1)} s`,
    `in ${folder}: ${files.map(({ name }) => name).join(", ")}`,
  ].join("\n");
}
