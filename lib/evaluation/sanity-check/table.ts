import type { MapSimilarity } from "../../metrics/map-similarity.ts";
import { field } from "../report/csv.ts";
import { groupBy } from "../report/group-by.ts";
import { aligned, escaped } from "../report/markdown.ts";
import { methodTitle } from "../report/names.ts";
import type { SanityFailure, SanityRow } from "./row.ts";
import { mean, standardDeviation } from "../report/statistics.ts";
import { decimal } from "../report/tables.ts";

/** What a method's maps of all subjects have in common with those of before, once the stages to this one are randomised. */
export interface SanityMean extends Pick<SanityRow, "model" | "method" | "stage"> {
  /** How many maps there were: one for each subject and seed. */
  readonly subjects: number;
  /** Of how many of them neither map is constant; the means are theirs. */
  readonly n: number;
  /** How many seeds these had. */
  readonly seeds: number;
  /** The mean over the seeds of each one's mean over the subjects; null where n is 0. */
  readonly similarity: MapSimilarity | null;
  /** The standard deviation of the seeds' means; null of fewer than two. */
  readonly sd: MapSimilarity | null;
}

const WAYS = ["spearman", "ssim", "hog"] as const satisfies readonly (keyof MapSimilarity)[];

/** The means of each model, method and stage, in the order in which the rows first speak of models and methods. */
export function sanityMeans(rows: readonly SanityRow[]): readonly SanityMean[] {
  const methods = [...groupBy(rows, ({ model, method }) => JSON.stringify([model, method])).values()];
  return methods.flatMap((ofMethod) => {
    const stages = [...groupBy(ofMethod, ({ stage }) => stage.index)].toSorted(([a], [b]) => a - b);
    return stages.map(([, group]) => meanOf(group));
  });
}

function meanOf(group: readonly [SanityRow, ...SanityRow[]]): SanityMean {
  const [{ model, method, stage }] = group;
  const known = group.filter(({ similarity }) => similarity !== null);
  const seeds = [...groupBy(known, ({ seed }) => seed).values()].map((rows) =>
    inEachWay((way) => mean(rows.map(({ similarity }) => similarity![way]))),
  );
  return {
    model,
    method,
    stage,
    subjects: group.length,
    n: known.length,
    seeds: seeds.length,
    similarity: seeds.length === 0 ? null : inEachWay((way) => mean(seeds.map((each) => each[way]))),
    sd: seeds.length < 2 ? null : inEachWay((way) => standardDeviation(seeds.map((each) => each[way]))),
  };
}

function inEachWay(value: (way: keyof MapSimilarity) => number): MapSimilarity {
  return { spearman: value("spearman"), ssim: value("ssim"), hog: value("hog") };
}

/** sanity-check.md: a table for each model. */
export function sanityMarkdown(means: readonly SanityMean[], failures: readonly SanityFailure[] = []): string {
  const blocks = [...groupBy(means, ({ model }) => model)].flatMap(([model, own]) => [`## ${escaped(model)}`, tableOf(own)]);
  const spread = means.some(({ sd }) => sd) ? [SPREAD] : [];
  const failed = failures.map(({ model, subject, error }) => `- ${[subject, model, error.message].map(escaped).join(", ")}`);
  const missing = failed.length === 0 ? [] : ["Not explained, and so missing above:", failed.join("\n")];
  return `${["# Sanity check", ABOUT, ...blocks, ...missing, [NOTE, ...spread].join(" ")].join("\n\n")}\n`;
}

const ABOUT =
  "How alike the maps are to those of the model as it is while its weights are randomised, from the head down to the stage named (Adebayo et al., NeurIPS 2018): 1 is the same. A method whose maps stay the same does not tell what the model has learned.";
const NOTE =
  "n counts the subjects of which neither map is constant, and means are over these. Spearman is the rank correlation of the pixels, SSIM the structural similarity, HOG the correlation of the histograms of oriented gradients.";
const SPREAD =
  "The weights were shuffled more than once, and n counts each time: the mean is that of the shufflings' means, ± their standard deviation.";

function tableOf(means: readonly SanityMean[]): string {
  const rows = means.map(({ method, stage, subjects, n, similarity, sd }) => {
    const values = WAYS.map((way) => (similarity ? decimal(similarity[way]) + (sd ? ` ± ${decimal(sd[way])}` : "") : "–"));
    return [escaped(methodTitle(method)), stage.name, n === subjects ? `${n}` : `${n} of ${subjects}`, ...values];
  });
  return aligned(["Method", "Randomised to", "n", "Spearman", "SSIM", "HOG"], rows);
}

/** sanity-check.csv: all digits, comma-separated as in RFC 4180; of several seeds also their spread. */
export function sanityCsv(means: readonly SanityMean[]): string {
  const isSpread = means.some(({ sd }) => sd);
  const header = ["model", "method", "stage", "stage_name", "subjects", "n", ...WAYS];
  const more = isSpread ? ["seeds", ...WAYS.map((way) => `${way}_sd`)] : [];
  const lines = means.map(({ model, method, stage, subjects, n, seeds, similarity, sd }) => {
    const spread = isSpread ? [seeds, ...WAYS.map((way) => sd?.[way])] : [];
    return [model, method, stage.index, stage.name, subjects, n, ...WAYS.map((way) => similarity?.[way]), ...spread].map(field);
  });
  return [[...header, ...more], ...lines].map((cells) => `${cells.join(",")}\r\n`).join("");
}
