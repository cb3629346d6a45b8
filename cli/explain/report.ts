import type { CodedError } from "../../lib/errors.ts";
import { field } from "../../lib/evaluation/report/csv.ts";
import type { Explanation } from "../../lib/explanation/log/fold.ts";
import { progressOf } from "../../lib/explanation/log/progress.ts";
import { listedClasses } from "../../lib/client/listed-classes.ts";
import { measurementsOf } from "../../lib/explanation/results/measurements.ts";
import { timingsOf } from "../../lib/explanation/results/summary.ts";
import type { Box } from "../../lib/metrics/box.ts";

/** What became of one image. */
export interface Outcome {
  /** As it was named on the command line. */
  readonly path: string;
  /** Where its files are; null where none were written. */
  readonly folder: string | null;
  readonly files: readonly string[];
  readonly explanation: Explanation;
  /** Around the largest salient region, in pixels of the image; undefined where it was not asked for. */
  readonly box: Box | null | undefined;
}

/** How outcomes are printed: lines before the first, lines for each, and for each failure where those are printed as well. */
export interface Format {
  readonly head?: string;
  of(outcome: Outcome): string;
  failure?(path: string, error: CodedError): string;
}

/** For people, when there is one image. */
export const longText: Format = {
  of({ explanation, folder, files }) {
    const { latest, request } = explanation;
    const { predictions, target, isMultiLabel } = latest.CLASSIFIED!;
    const { classes, complement, note } = listedClasses(predictions, isMultiLabel === true);
    const { seed } = request.options as { readonly seed?: number };
    const percentages = [...classes, ...(complement ? [complement] : [])].map(
      ({ label, probability }) => `  ${(100 * probability).toFixed(1).padStart(5)} %  ${label}`,
    );
    return [
      `${request.model.id} sees:`,
      ...percentages,
      ...(note === undefined ? [] : [note]),
      `explained: ${target.label} (class ${target.index})${seed === undefined ? "" : `, seed ${seed}`}`,
      `${workOf(explanation)}, ${secondsOf(explanation).toFixed(1)} s`,
      ...measurementsOf(explanation).map(({ metric, value }) => `  ${value.toFixed(3).padStart(7)}  ${metric}`),
      ...(folder === null ? [] : [`in ${folder}: ${files.join(", ")}`]),
    ].join("\n");
  },
};

/** For people, a line an image. */
export const shortText: Format = {
  of({ path, explanation, folder }) {
    const { target } = explanation.latest.CLASSIFIED!;
    const metrics = measurementsOf(explanation).map(({ metric, value }) => `, ${metric} ${value.toFixed(3)}`);
    const where = folder === null ? "" : `, in ${folder}`;
    return `${path}: ${target.label} (${(100 * target.probability).toFixed(1)} %), ${secondsOf(explanation).toFixed(1)} s${metrics.join("")}${where}`;
  },
};

/** One JSON object a line, for each image. */
export const json: Format = {
  of({ path, folder, files, explanation, box }) {
    const { latest, request, id } = explanation;
    const { predictions, target, isMultiLabel } = latest.CLASSIFIED!;
    return JSON.stringify({
      image: path,
      width: request.image.width,
      height: request.image.height,
      id,
      model: request.model.id,
      method: request.method,
      options: request.options,
      target,
      predictions: listedClasses(predictions, isMultiLabel === true).classes,
      ...(isMultiLabel && { isMultiLabel }),
      masks: masksOf(explanation),
      seconds: secondsOf(explanation),
      metrics: Object.fromEntries(measurementsOf(explanation).map(({ metric, value }) => [metric, value])),
      ...(box !== undefined && { box: box && [box.left, box.top, box.right, box.bottom] }),
      folder,
      files,
    });
  },
  failure: (path, { code, message }) => JSON.stringify({ image: path, error: { code, message } }),
};

/** Comma-separated values as in RFC 4180, a line for each image, with a column for each of the metrics. */
export function csv(metrics: readonly string[]): Format {
  const line = (...cells: Parameters<typeof field>[0][]) => `${cells.map(field).join(",")}\r`;
  return {
    head: line("image", "model", "method", "class", "label", "probability", "masks", "seconds", ...metrics, "folder", "error"),
    of({ path, folder, explanation }) {
      const { latest, request } = explanation;
      const { index, label, probability } = latest.CLASSIFIED!.target;
      const measured = new Map<string, number>(measurementsOf(explanation).map(({ metric, value }) => [metric, value]));
      const values = metrics.map((metric) => measured.get(metric));
      const facts = [request.model.id, request.method, index, label, probability, masksOf(explanation), secondsOf(explanation)];
      return line(path, ...facts, ...values, folder, "");
    },
    failure: (path, { message }) => line(path, ...Array<null>(7 + metrics.length).fill(null), null, message),
  };
}

/** From the start of the work to the map. */
function secondsOf(explanation: Explanation): number {
  return (timingsOf(explanation).total ?? 0) / 1000;
}

function masksOf(explanation: Explanation): number {
  return explanation.latest.CLUSTERED?.clusterSizes.length ?? progressOf(explanation).total ?? 0;
}

function workOf(explanation: Explanation): string {
  const clustered = explanation.latest.CLUSTERED;
  return `masks: ${masksOf(explanation)}${clustered ? ` of ${clustered.maps} embedding maps` : ""}`;
}
