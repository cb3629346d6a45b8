import type { Method, Metric, MetricsInput } from "../api/operations.ts";
import { type Choice, has } from "./options.ts";

export type MetricName = Exclude<keyof MetricsInput, "boxes">;

/** A way to measure a map. */
export interface MetricForm {
  /** In a request. */
  readonly name: MetricName;
  /** In an answer. */
  readonly metric: Metric;
  readonly title: string;
  /** What its value says, and its range. */
  readonly meaning: string;
  /** It holds the map against boxes around the object. */
  readonly needsBoxes?: true;
  /** It asks the method again with other seeds. */
  readonly needsSeed?: true;
  /** None: it is asked for by `true`. */
  readonly options: readonly MetricOption[];
}

export interface MetricOption extends Choice {
  readonly name: string;
}

const canvas = (fallback: keyof typeof canvases): MetricOption => ({
  name: "canvas",
  label: "In place of a pixel",
  hint: "What is seen where pixels are taken away.",
  values: [fallback, ...keysOf(canvases).filter((name) => name !== fallback)].map((name) => [name, canvases[name]] as const),
});

const canvases = {
  ZERO: "The model's mean colour",
  BLACK: "Black",
  MEAN: "The photograph's mean colour",
  BLURRED: "The photograph, blurred",
} as const;

const steps: MetricOption = {
  name: "steps",
  label: "Steps",
  hint: "Into so many parts the pixels are divided.",
  range: { from: 1, to: 1000, whole: true },
  fallback: "224, as in RISE",
};

const seed: MetricOption = {
  name: "seed",
  label: "Seed",
  hint: "The same seed draws the same.",
  range: { from: 0, to: 2_147_483_647, whole: true },
  fallback: "0",
};

/** In the order in which they are shown. */
export const metrics: readonly MetricForm[] = [
  {
    name: "deletion",
    metric: "DELETION",
    title: "Deletion",
    meaning: "Pixels go, the most salient first. 0 to 1: the sooner the probability falls, the smaller the area under it.",
    options: [canvas("ZERO"), steps],
  },
  {
    name: "insertion",
    metric: "INSERTION",
    title: "Insertion",
    meaning: "Pixels come back, the most salient first. 0 to 1: the sooner the probability rises, the larger the area under it.",
    options: [canvas("BLURRED"), steps],
  },
  {
    name: "saco",
    metric: "SACO",
    title: "SaCo",
    meaning: "Whether a more salient group of pixels costs more probability when it is taken away. −1 to 1.",
    options: [
      canvas("MEAN"),
      {
        name: "groups",
        label: "Groups",
        hint: "Into so many groups the pixels are divided.",
        range: { from: 2, to: 100, whole: true },
        fallback: "10, the paper's",
      },
    ],
  },
  {
    name: "faithfulnessCorrelation",
    metric: "FAITHFULNESS_CORRELATION",
    title: "Faithfulness correlation",
    meaning: "How the saliency of random sets of pixels goes with the drop in probability without them. −1 to 1.",
    options: [
      canvas("ZERO"),
      {
        name: "runs",
        label: "Sets",
        hint: "More make the value surer.",
        range: { from: 2, to: 1000, whole: true },
        fallback: "100",
      },
      {
        name: "subsetSize",
        label: "Pixels in a set",
        hint: "Fewer than the model's input has.",
        range: { from: 1, to: 10_000, whole: true },
        fallback: "224",
      },
      seed,
    ],
  },
  {
    name: "sparseness",
    metric: "SPARSENESS",
    title: "Sparseness",
    meaning: "Gini index of the map: 0 where all pixels are as salient, towards 1 where few hold it all.",
    options: [],
  },
  {
    name: "stability",
    metric: "STABILITY",
    title: "Stability",
    meaning: "How alike the maps of different seeds rank the pixels. −1 to 1. Each further seed takes as long as the map.",
    needsSeed: true,
    options: [
      {
        name: "seeds",
        label: "Seeds",
        hint: "This map's own is among them.",
        range: { from: 2, to: 32, whole: true },
        fallback: "3",
      },
    ],
  },
  {
    name: "maxSensitivity",
    metric: "MAX_SENSITIVITY",
    title: "Max-sensitivity",
    meaning:
      "How far the map moves, against its size, when the photograph hardly does. 0 and up. Each sample takes as long as the map.",
    options: [
      {
        name: "radius",
        label: "How far the photograph moves",
        hint: "At most so far, at every place.",
        range: { from: 0.0001, to: 10, unit: "standard deviations of the model's input" },
        fallback: "0.02, as in captum",
      },
      {
        name: "samples",
        label: "Samples",
        hint: "The map of each is computed.",
        range: { from: 1, to: 100, whole: true },
        fallback: "10, as in captum",
      },
      seed,
    ],
  },
  {
    name: "pointingGame",
    metric: "POINTING_GAME",
    title: "Pointing game",
    meaning: "1 where the most salient pixel lies in a box or near one, otherwise 0.",
    needsBoxes: true,
    options: [
      {
        name: "tolerance",
        label: "How near",
        hint: "So far from a box still counts.",
        range: { from: 0, to: 100, unit: "pixels of the photograph" },
        fallback: "15, the paper's",
      },
    ],
  },
  {
    name: "energyInside",
    metric: "ENERGY_INSIDE",
    title: "Energy inside",
    meaning: "The share of the map that lies in the boxes. 0 to 1.",
    needsBoxes: true,
    options: [],
  },
  {
    name: "localisation",
    metric: "LOCALISATION",
    title: "Localisation",
    meaning: "How far the box around the map's largest salient region and yours overlap. 0 to 1; from 0.5 on it is a find.",
    needsBoxes: true,
    options: [
      {
        name: "threshold",
        label: "Salient from",
        hint: "Of the map, which goes from 0 to 1.",
        range: { from: 0.01, to: 1 },
        fallback: "0.5",
      },
    ],
  },
];

/** Those that a method's map can be measured by. */
export function metricsOf(method: Method): readonly MetricForm[] {
  return metrics.filter(({ needsSeed }) => !needsSeed || has(method, "seed"));
}

/** What is known of a metric; of one that is newer than this page no more than its name. */
export function describe(metric: Metric): Pick<MetricForm, "title" | "meaning"> {
  return metrics.find((each) => each.metric === metric) ?? { title: metric, meaning: "" };
}

function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(record) as Key[];
}
