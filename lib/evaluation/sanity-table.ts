import type { MapSimilarity } from "../metrics/map-similarity.ts";
import { field } from "./csv.ts";
import { groupBy } from "./group-by.ts";
import { aligned, escaped } from "./markdown.ts";
import { methodTitle } from "./names.ts";
import type { SanityRow } from "./sanity-check.ts";
import { mean } from "./statistics.ts";
import { decimal } from "./tables.ts";

/** What a method's maps of all subjects have in common with those of before, once the stages to this one are randomised. */
export interface SanityMean extends Pick<SanityRow, "model" | "method" | "stage"> {
  /** How many subjects there were. */
  readonly subjects: number;
  /** Of how many of them neither map is constant; the means are theirs. */
  readonly n: number;
  /** Null where n is 0. */
  readonly similarity: MapSimilarity | null;
}

/** The means of each model, method and stage, in the order in which the rows first speak of models and methods. */
export function sanityMeans(rows: readonly SanityRow[]): readonly SanityMean[] {
  const methods = [...groupBy(rows, ({ model, method }) => JSON.stringify([model, method])).values()];
  return methods.flatMap((ofMethod) => {
    const stages = [...groupBy(ofMethod, ({ stage }) => stage.index)].toSorted(([a], [b]) => a - b);
    return stages.map(([, group]) => meanOf(group));
  });
}

function meanOf(group: readonly SanityRow[]): SanityMean {
  const [{ model, method, stage }] = group;
  const known = group.flatMap(({ similarity }) => similarity ?? []);
  const of = (name: keyof MapSimilarity) => mean(known.map((each) => each[name]));
  const similarity = known.length === 0 ? null : { spearman: of("spearman"), ssim: of("ssim"), hog: of("hog") };
  return { model, method, stage, subjects: group.length, n: known.length, similarity };
}

/** sanity-check.md: a table for each model. */
export function sanityMarkdown(means: readonly SanityMean[]): string {
  const blocks = [...groupBy(means, ({ model }) => model)].flatMap(([model, own]) => [`## ${escaped(model)}`, tableOf(own)]);
  return `${["# Sanity check", ABOUT, ...blocks, NOTE].join("\n\n")}\n`;
}

const ABOUT =
  "How alike the maps are to those of the model as it is while its weights are randomised, from the head down to the stage named (Adebayo et al., NeurIPS 2018): 1 is the same. A method whose maps stay the same does not tell what the model has learned.";
const NOTE =
  "n counts the subjects of which neither map is constant, and means are over these. Spearman is the rank correlation of the pixels, SSIM the structural similarity, HOG the correlation of the histograms of oriented gradients.";

function tableOf(means: readonly SanityMean[]): string {
  const rows = means.map(({ method, stage, subjects, n, similarity }) => {
    const values = similarity ? [similarity.spearman, similarity.ssim, similarity.hog].map(decimal) : ["–", "–", "–"];
    return [escaped(methodTitle(method)), stage.name, n === subjects ? `${n}` : `${n} of ${subjects}`, ...values];
  });
  return aligned(["Method", "Randomised to", "n", "Spearman", "SSIM", "HOG"], rows);
}

/** sanity-check.csv: all digits, comma-separated as in RFC 4180. */
export function sanityCsv(means: readonly SanityMean[]): string {
  const header = ["model", "method", "stage", "stage_name", "subjects", "n", "spearman", "ssim", "hog"];
  const lines = means.map(({ model, method, stage, subjects, n, similarity }) => {
    const values = [similarity?.spearman, similarity?.ssim, similarity?.hog];
    return [model, method, stage.index, stage.name, subjects, n, ...values].map(field);
  });
  return [header, ...lines].map((cells) => `${cells.join(",")}\r\n`).join("");
}
