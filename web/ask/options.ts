import type { Method } from "../api/operations.ts";

/** A choice that a method or a metric leaves open, as the form shows it. */
export interface Choice {
  readonly label: string;
  /** Its range, and what it does. */
  readonly hint: string;
  /** What it is where it is left out, in words; the model's δ is not known here. */
  readonly fallback?: string;
  /** Of one of a few: each value as the API has it, and what it is called; the first is the one where it is left out. */
  readonly values?: readonly (readonly [string, string])[];
  /** A number that has to be whole. */
  readonly whole?: true;
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
    hint: "Above 0, at most 2. Masks closer than this become one: a smaller δ leaves more masks, and takes longer.",
    methods: ["VIT_CX"],
  },
  {
    name: "noiseSd",
    label: "Noise",
    hint: "0 to 10, in standard deviations of the model's input. What a mask hides is replaced by it.",
    fallback: "0.1, the paper's",
    methods: ["VIT_CX"],
  },
  {
    name: "noiseDraws",
    label: "Draws of the noise",
    hint: "A whole number from 1 to 64. More make a steadier map, and take as many times longer.",
    fallback: "1, the paper's",
    whole: true,
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
    hint: "A whole number from 1 to 8000. More make a cleaner map, and take longer.",
    fallback: "4000, the paper's",
    whole: true,
    methods: ["RISE"],
  },
  {
    name: "cells",
    label: "Cells of a mask",
    hint: "A whole number from 1 to 28: along each side.",
    fallback: "7, the paper's",
    whole: true,
    methods: ["RISE"],
  },
  {
    name: "visible",
    label: "Visible share",
    hint: "Above 0, at most 1: how probably a cell stays visible.",
    fallback: "0.5, the paper's",
    methods: ["RISE"],
  },
  {
    name: "window",
    label: "Window",
    hint: "A whole number from 4 to 512: the side of the square that is hidden, in pixels of the model's input.",
    fallback: "32",
    whole: true,
    methods: ["OCCLUSION"],
  },
  {
    name: "stride",
    label: "Stride",
    hint: "A whole number from 4 to 512: pixels from one square to the next. Fewer take longer.",
    fallback: "16",
    whole: true,
    methods: ["OCCLUSION"],
  },
  {
    name: "seed",
    label: "Seed",
    hint: "A whole number from 0 to 2147483647. The same seed draws the same, and so gives the same map.",
    fallback: "0",
    whole: true,
    methods: ["VIT_CX", "RISE", "RANDOM"],
  },
];

/** Whether a method has an option. */
export function has(method: Method, name: OptionName): boolean {
  return options.some((option) => option.name === name && option.methods.includes(method));
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
