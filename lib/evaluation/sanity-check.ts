import { readFile } from "node:fs/promises";
import { mapOf } from "../explanation/map-of.ts";
import { type Choice, completeChoice } from "../explanation/options.ts";
import { preprocess } from "../image/preprocess.ts";
import { type MapSimilarity, mapSimilarity } from "../metrics/map-similarity.ts";
import type { Saliency } from "../metrics/saliency.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { InstalledModel } from "../vit/catalog.ts";
import type { Classifier } from "../vit/classifier.ts";
import { classIndex } from "../vit/labels.ts";
import type { Manifest } from "../vit/manifest.ts";
import { type ClassifierOptions, openClassifier } from "../vit/onnx-classifier.ts";
import { randomise, readStages } from "../vit/randomise.ts";
import type { MethodSpec } from "../explanation/spec.ts";
import type { Subject } from "./subject.ts";

export interface SanityOptions {
  readonly subjects: readonly Subject[];
  readonly specs: readonly MethodSpec[];
  /** Of the weights, an integer, 0 … 2^32 − 1. */
  readonly seed: number;
  readonly classifier?: ClassifierOptions;
}

/** How alike the map of a model is to the one that it made before its weights were randomised: a line of sanity-check.ndjson. */
export interface SanityRow {
  readonly model: string;
  /** The stages from the head to this one, counted from 1, are randomised. */
  readonly stage: { readonly index: number; readonly name: string };
  readonly subject: string;
  readonly method: string;
  /** The class that was explained, before and after: the one that is asked for, or that the model saw when it knew something. */
  readonly target: { readonly index: number; readonly label: string };
  /** Null where one of the maps is constant. */
  readonly similarity: MapSimilarity | null;
}

/** `done` of `total` maps are there; those of the model as it is make no row. */
export interface SanityProgress {
  readonly done: number;
  readonly total: number;
  readonly row: SanityRow | null;
}

/** What is to be explained, and how it was by the model as it is. */
interface Before {
  readonly subject: Subject;
  readonly target: number;
  readonly maps: readonly Saliency[];
}

/**
 * The sanity check by cascading randomisation (Adebayo et al., Sanity Checks for Saliency Maps, NeurIPS 2018, section 4): every
 * subject is explained by every method as the model's weights are randomised stage by stage, from its scores back to the image,
 * and each map compared with that of the model as it is. A method whose maps stay as they were does not tell what the model has
 * learned. One model is open at a time. Throws MODEL_UNUSABLE, and what is wrong with a subject.
 */
export async function* sanityCheck(model: InstalledModel, options: SanityOptions): AsyncGenerator<SanityProgress, void> {
  const { subjects, specs, seed } = options;
  const { manifest } = model;
  const choices = specs.map((spec) => completeChoice(spec.method, spec.options, manifest.delta));
  const stages = await readStages(model);
  const total = (1 + stages.length) * subjects.length * specs.length;
  let done = 0;

  const before: Before[] = [];
  {
    await using classifier = await openClassifier(model, options.classifier);
    for (const subject of subjects) {
      const input = await inputOf(subject, manifest);
      const target = await targetOf(subject, manifest, classifier, input);
      const maps: Saliency[] = [];
      for (const choice of choices) {
        maps.push(await explained(classifier, input, choice, target));
        yield { done: ++done, total, row: null };
      }
      before.push({ subject, target, maps });
    }
  }

  for (const [i, { name }] of stages.entries()) {
    const weights = new Set(stages.slice(0, i + 1).flatMap((stage) => stage.weights));
    await using classifier = await openClassifier(model, options.classifier, (graph, folder) =>
      randomise(graph, weights, seed, folder),
    );
    for (const { subject, target, maps } of before) {
      const input = await inputOf(subject, manifest);
      const about = { model: manifest.id, stage: { index: i + 1, name }, subject: subject.name };
      for (const [m, choice] of choices.entries()) {
        const similarity = mapSimilarity(maps[m], await explained(classifier, input, choice, target));
        const row = { ...about, method: specs[m].text, target: { index: target, label: manifest.labels[target] }, similarity };
        yield { done: ++done, total, row };
      }
    }
  }
}

async function inputOf({ file }: Subject, { input }: Manifest): Promise<Tensor> {
  return preprocess(await readFile(file), input);
}

/** The class that is asked for, or the most probable one. */
async function targetOf({ target }: Subject, manifest: Manifest, classifier: Classifier, input: Tensor): Promise<number> {
  if (target !== undefined) return classIndex(manifest, target);
  const { probabilities } = await classifier.classify(input);
  return probabilities.reduce((best, value, i) => (value > probabilities[best] ? i : best), 0);
}

async function explained(classifier: Classifier, input: Tensor, choice: Choice, target: number): Promise<Saliency> {
  const steps = mapOf(classifier, input, choice, target);
  let step = await steps.next();
  while (!step.done) step = await steps.next();
  return step.value;
}
