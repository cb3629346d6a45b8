import { readFile } from "node:fs/promises";
import { CodedError } from "../../errors.ts";
import { mapOf } from "../../explanation/run/map-of.ts";
import { completeMethod } from "../../explanation/request/method-config.ts";
import type { MethodConfig } from "../../methods/registry.ts";
import { drain } from "../../steps/steps.ts";
import type { ParsedMethod } from "../../explanation/request/parse-method.ts";
import { preprocess } from "../../image/preprocess.ts";
import { mapSimilarity } from "../../metrics/map-similarity.ts";
import type { Saliency } from "../../metrics/saliency.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { InstalledModel } from "../../vit/catalog/catalog.ts";
import type { Classifier } from "../../classifier/classifier.ts";
import { classIndex } from "../../vit/catalog/labels.ts";
import { type ClassifierOptions, openClassifier } from "../../vit/runtime/onnx-classifier.ts";
import { randomise, readStages } from "../../vit/graph/randomise.ts";
import type { Stage } from "../../vit/graph/stages.ts";
import { givenOf } from "../provenance.ts";
import type { Given } from "../row.ts";
import type { SanityFailure, SanityQuestion, SanityRow } from "./row.ts";
import type { Subject } from "../dataset/subject.ts";

export interface SanityOptions {
  readonly subjects: readonly Subject[];
  readonly specs: readonly ParsedMethod[];
  /** Of the weights, integers, 0 … 2^32 − 1: with each, all of it is done once. */
  readonly seeds: readonly number[];
  readonly classifier?: ClassifierOptions;
  /** What was found before, which is not done again. */
  readonly known?: (request: SanityQuestion) => SanityRow | undefined;
  /** How many subjects' maps are held at a time; 32 where it is left out. */
  readonly atATime?: number;
}

/**
 * `done` of `total` maps are there; those of the model as it is make no row. `isNew` tells a row that was found from one that was
 * known. A failure takes all maps of its subject along.
 */
export interface SanityProgress {
  readonly done: number;
  readonly total: number;
  readonly row?: SanityRow;
  readonly isNew?: boolean;
  readonly failure?: SanityFailure;
}

/** A subject, and how it was explained by the model as it is: a map for each method of which anything is to be found yet. */
interface Before {
  readonly subject: Subject;
  readonly given: Given;
  readonly input: Tensor;
  readonly target: number;
  readonly maps: readonly (Saliency | null)[];
}

/** The model with its weights randomised by a seed, from the head to a stage. */
interface Change {
  readonly seed: number;
  readonly stage: SanityRow["stage"];
  readonly weights: ReadonlySet<string>;
}

/**
 * The sanity check by cascading randomisation (Adebayo et al., Sanity Checks for Saliency Maps, NeurIPS 2018, section 4): every
 * subject is explained by every method as the model's weights are randomised stage by stage, from its scores back to the image,
 * and each map compared with that of the model as it is. A method whose maps stay as they were does not tell what the model has
 * learned. One model is open at a time, and the maps of so many subjects are held as `atATime` says. A subject that cannot be
 * explained is a failure, and the others go on. Throws MODEL_UNUSABLE.
 */
export async function* sanityCheck(model: InstalledModel, options: SanityOptions): AsyncGenerator<SanityProgress, void> {
  const { subjects, seeds, specs, atATime = 32 } = options;
  const plan = planOf(model, changesOf(await readStages(model), seeds), options);
  const total = (1 + plan.changes.length) * subjects.length * specs.length;
  let done = 0;
  for (let first = 0; first < subjects.length; first += atATime) {
    const steps = checkBlock(subjects.slice(first, first + atATime), plan);
    for await (const step of steps) yield { ...step, done: (done += step.done), total };
  }
}

async function* checkBlock(subjects: readonly Subject[], plan: Plan): AsyncGenerator<Step, void> {
  const before = yield* explainBefore(subjects, plan);
  for (const change of plan.changes) yield* compare(before, change, plan);
}

function changesOf(stages: readonly Stage[], seeds: readonly number[]): readonly Change[] {
  return seeds.flatMap((seed) =>
    stages.map(({ name }, i) => {
      const weights = new Set(stages.slice(0, i + 1).flatMap((stage) => stage.weights));
      return { seed, stage: { index: i + 1, name }, weights };
    }),
  );
}

/** A step of a part of it; `done` is how many maps it adds. */
type Step = Omit<SanityProgress, "total">;

/** What is asked of a model by a sanity check, with the methods' options filled in. */
interface Plan {
  readonly model: InstalledModel;
  readonly changes: readonly Change[];
  readonly choices: readonly MethodConfig[];
  readonly classifier: ClassifierOptions | undefined;
  /** What is known of the map of a subject by the m-th method. */
  readonly known: (before: Pick<Before, "subject" | "given">, m: number, change: Change) => SanityRow | undefined;
  readonly about: (before: Pick<Before, "subject" | "given">, m: number, change: Change) => SanityQuestion;
}

function planOf(model: InstalledModel, changes: readonly Change[], options: SanityOptions): Plan {
  const { specs, classifier, known = () => undefined } = options;
  const choices = specs.map((spec) => completeMethod(spec.method, spec.options, model.manifest));
  const about: Plan["about"] = ({ subject, given }, m, { seed, stage }) => {
    return { model: model.manifest.id, seed, stage, subject: subject.name, method: specs[m]!.text, given };
  };
  return { model, changes, choices, classifier, about, known: (...request) => known(about(...request)) };
}

/** Subjects as the model explains them as it is. */
async function* explainBefore(subjects: readonly Subject[], plan: Plan): AsyncGenerator<Step, readonly Before[]> {
  const { model, changes, choices } = plan;
  const before: Before[] = [];
  await using classifier = await openClassifier(model, plan.classifier);
  for (const subject of subjects) {
    const read = await readSubject(subject, model, classifier).catch(errorOf);
    if ("code" in read) {
      const failure = { model: model.manifest.id, subject: subject.name, error: read };
      yield { done: (1 + changes.length) * choices.length, failure };
      continue;
    }
    const maps: (Saliency | null)[] = [];
    for (const [m, config] of choices.entries()) {
      const isMissing = changes.some((change) => !plan.known({ subject, given: read.given }, m, change));
      maps.push(isMissing ? await explained(classifier, read.input, config, read.target) : null);
      yield { done: 1 };
    }
    before.push({ subject, ...read, maps });
  }
  return before;
}

/** The same subjects, explained by the changed model and compared; it is opened only where something of it is not known. */
async function* compare(subjects: readonly Before[], change: Change, plan: Plan): AsyncGenerator<Step, void> {
  const { model, choices } = plan;
  const rows = subjects.map((before) => choices.map((_, m) => plan.known(before, m, change)));
  await using classifier = rows.flat().every((row) => row)
    ? null
    : await openClassifier(model, plan.classifier, (graph, folder) => randomise(graph, change.weights, change.seed, folder));
  for (const [s, before] of subjects.entries()) {
    const { input, target, maps } = before;
    for (const [m, config] of choices.entries()) {
      const known = rows[s]![m];
      if (known) {
        yield { done: 1, row: known, isNew: false };
        continue;
      }
      const similarity = mapSimilarity(maps[m]!, await explained(classifier!, input, config, target));
      const seen = { index: target, label: model.manifest.labels[target]! };
      yield { done: 1, row: { ...plan.about(before, m, change), target: seen, similarity }, isNew: true };
    }
  }
}

/** The class is the one that is asked for, or the most probable one. */
async function readSubject(subject: Subject, { manifest, digest }: InstalledModel, classifier: Classifier) {
  const { name, file, target } = subject;
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw new CodedError("IMAGE_MISSING", `${file} cannot be read: ${cause.code}.`, { cause });
  });
  const input = await preprocess(bytes, manifest.input);
  const given = givenOf({ name, file, ...(target !== undefined && { target }) }, bytes, { digest });
  if (target !== undefined) return { given, input, target: classIndex(manifest, target) };
  const { probabilities } = await classifier.classify(input);
  return { given, input, target: probabilities.reduce((best, value, i) => (value > probabilities[best]! ? i : best), 0) };
}

function errorOf(error: unknown): SanityFailure["error"] {
  if (error instanceof CodedError) return { code: error.code, message: error.message };
  throw error;
}

function explained(classifier: Classifier, input: Tensor, config: MethodConfig, target: number): Promise<Saliency> {
  return drain(mapOf(classifier, input, config, target));
}
