import type { Method } from "../api/operations.ts";

/** A choice that a method or a metric leaves open, as the form shows it. */
export interface Choice {
  readonly label: string;
  /** What it does. */
  readonly hint: string;
  /** What it is where it is left out, in words; the model's δ is not known here. */
  readonly fallback?: string;
  /** Of one of a few: each value as the API has it, and what it is called; the first is the one where it is left out. */
  readonly values?: readonly (readonly [string, string])[];
  /** Of a number. */
  readonly range?: Range;
}

/** Which numbers are taken. */
export interface Range {
  readonly from: number;
  readonly to: number;
  /** `from` itself is not taken. */
  readonly above?: true;
  readonly whole?: true;
  /** What it counts: "pixels of the photograph". */
  readonly unit?: string;
}

/** A choice that a method leaves open. */
export interface Option extends Choice {
  readonly name: OptionName;
  readonly methods: readonly Method[];
}

export type OptionName =
  | "delta"
  | "noiseSd"
  | "noiseDraws"
  | "masks"
  | "corrected"
  | "count"
  | "cells"
  | "visible"
  | "window"
  | "stride"
  | "seed";

/** In the order in which they are shown. */
export const options: readonly Option[] = [
  {
    name: "delta",
    label: "Clustering threshold δ",
    hint: "Masks closer than this become one: a smaller δ leaves more masks, and takes longer.",
    range: { from: 0, to: 2, above: true },
    methods: ["VIT_CX"],
  },
  {
    name: "noiseSd",
    label: "Noise",
    hint: "What a mask hides is replaced by it.",
    range: { from: 0, to: 10, unit: "standard deviations of the model's input" },
    fallback: "0.1, the paper's",
    methods: ["VIT_CX"],
  },
  {
    name: "noiseDraws",
    label: "Draws of the noise",
    hint: "More make a steadier map, and take as many times longer.",
    range: { from: 1, to: 64, whole: true },
    fallback: "1, the paper's",
    methods: ["VIT_CX"],
  },
  {
    name: "masks",
    label: "Masks",
    hint: "What is tried on the photograph. All take many times longer; random ones tell what the clusters are worth.",
    values: [
      ["MERGED", "One for each cluster, as in the paper"],
      ["ALL", "All embedding maps"],
      ["RANDOM", "Random, as many as clusters"],
    ],
    methods: ["VIT_CX"],
  },
  {
    name: "corrected",
    label: "Pixel coverage bias",
    hint: "Some pixels lie under more masks than others. Corrected, that does not count.",
    values: [
      ["true", "Corrected, as in the paper"],
      ["false", "Left as it is"],
    ],
    methods: ["VIT_CX"],
  },
  {
    name: "count",
    label: "Random masks",
    hint: "More make a cleaner map, and take longer.",
    range: { from: 1, to: 8000, whole: true },
    fallback: "4000, the paper's",
    methods: ["RISE"],
  },
  {
    name: "cells",
    label: "Cells of a mask",
    hint: "Along each side.",
    range: { from: 1, to: 28, whole: true },
    fallback: "7, the paper's",
    methods: ["RISE"],
  },
  {
    name: "visible",
    label: "Visible share",
    hint: "How probably a cell stays visible.",
    range: { from: 0, to: 1, above: true },
    fallback: "0.5, the paper's",
    methods: ["RISE"],
  },
  {
    name: "window",
    label: "Window",
    hint: "The side of the square that is hidden.",
    range: { from: 4, to: 512, whole: true, unit: "pixels of the model's input" },
    fallback: "32",
    methods: ["OCCLUSION"],
  },
  {
    name: "stride",
    label: "Stride",
    hint: "From one square to the next. Fewer take longer.",
    range: { from: 4, to: 512, whole: true, unit: "pixels of the model's input" },
    fallback: "16",
    methods: ["OCCLUSION"],
  },
  {
    name: "seed",
    label: "Seed",
    hint: "The same seed draws the same, and so gives the same map.",
    range: { from: 0, to: 2_147_483_647, whole: true },
    fallback: "0",
    methods: ["VIT_CX", "RISE", "RANDOM"],
  },
];

/** Whether a method has an option. */
export function has(method: Method, name: OptionName): boolean {
  return options.some((option) => option.name === name && option.methods.includes(method));
}

/** The numbers that are taken, in words: "a whole number from 1 to 64". */
export function rangeWords({ from, to, above, whole }: Range): string {
  const number = whole ? "a whole number" : "a number";
  return above ? `${number} above ${from} and at most ${to}` : `${number} from ${from} to ${to}`;
}

/** A value as people read it. */
export function shownValue({ values }: Choice, value: unknown): string {
  return values?.find(([name]) => name === String(value))?.[1] ?? String(value);
}

/** What each method is called, and where it comes from. */
export const methods: Record<Method, { readonly title: string; readonly source: string }> = {
  VIT_CX: { title: "ViT-CX", source: "Xie, Li, Cao, Zhang, IJCAI 2023." },
  SCORE_CAM: { title: "Score-CAM", source: "Wang et al., CVPR workshops 2020." },
  RISE: { title: "RISE", source: "Petsiuk, Das, Saenko, BMVC 2018." },
  OCCLUSION: { title: "Occlusion", source: "Zeiler, Fergus, ECCV 2014." },
  RANDOM: { title: "Random", source: "A control that knows nothing." },
  CENTRE_GAUSSIAN: { title: "Centre", source: "A control that does not look." },
};
