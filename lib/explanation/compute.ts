import { preprocess } from "../image/preprocess.ts";
import type { Classifier } from "../vit/classifier.ts";
import type { Manifest } from "../vit/manifest.ts";
import { type Evidence } from "../vit-cx/evidence.ts";
import { explain, type Progress } from "../vit-cx/explain.ts";
import type { Happening, Prediction, SmallMap } from "./events.ts";
import { evidenceFiles, type ResultFile } from "./evidence-files.ts";
import { drawMapFile, mapFileNames, showableMap } from "./map-files.ts";
import type { Question } from "./question.ts";
import { toSmallMap } from "./small-map.ts";

/** What the computing of an explanation needs. */
export interface Task {
  readonly classifier: Classifier;
  readonly manifest: Manifest;
  /** The image file's bytes. */
  readonly picture: Uint8Array;
  readonly question: Pick<Question, "image" | "target" | "options">;
}

/** What it comes to. */
export interface Result {
  readonly evidence: Evidence;
  /** Everything but explanation.json. */
  readonly files: readonly ResultFile[];
}

/** How many of the most probable classes an explanation keeps. */
const PREDICTIONS = 100;

/**
 * Explains an image, from the bytes of its file to the files of the result. Yields what happens for the log; a caller that stops
 * iterating stops the work.
 */
export async function* compute({ classifier, manifest, picture, question }: Task): AsyncGenerator<Happening, Result> {
  const input = await preprocess(picture, manifest.input);
  const steps = explain(classifier, input, question.options);
  let target = question.target;
  let step = await steps.next();
  for (; !step.done; step = await steps.next()) {
    if (step.value.stage === "classified") target ??= argmax(step.value.probabilities);
    yield happeningOf(step.value, target!, manifest);
  }
  const evidence = step.value;
  const map = showableMap(evidence, target!, classifier);
  const over = { picture, image: question.image, input: manifest.input };
  const drawn = mapFileNames.map(async (name) => ({ name, bytes: await drawMapFile(name, map, over) }));
  return { evidence, files: [...(await Promise.all(drawn)), ...evidenceFiles(evidence)] };
}

function happeningOf(progress: Progress, target: number, { labels }: Manifest): Happening {
  switch (progress.stage) {
    case "classified": {
      const all = Array.from(progress.probabilities, (probability, index): Prediction => ({
        index,
        label: labels[index],
        probability,
      }));
      const predictions = all.toSorted((a, b) => b.probability - a.probability).slice(0, PREDICTIONS);
      return { kind: "CLASSIFIED", predictions, target: all[target] };
    }
    case "clustered":
      return {
        kind: "CLUSTERED",
        maps: progress.maps,
        clusterSizes: progress.clusterSizes,
        meanSimilarity: progress.meanSimilarity,
      };
    case "scored":
      return { kind: "SCORED", done: progress.done, total: progress.total, map: partialMap(progress.evidence, target) };
  }
}

/** Two samples a patch and axis: these lie between the first and last pixel of their cell, so the masks are not below 0 there. */
function partialMap(evidence: Evidence, target: number): SmallMap {
  const [, h, w] = evidence.masks.shape;
  return toSmallMap(showableMap(evidence, target, { height: 2 * h, width: 2 * w }));
}

function argmax(values: Float32Array): number {
  return values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
}
