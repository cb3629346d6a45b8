import type { Tensor } from "../tensor/tensor.ts";
import { classIndex } from "../vit/labels.ts";
import type { Desk } from "./desk.ts";
import type { Prediction } from "./events.ts";
import { readEvidence } from "./evidence-files.ts";
import type { Explanation } from "./fold.ts";
import { keys } from "./keys.ts";
import { drawMapFile, type MapFileName, showableMap } from "./map-files.ts";
import type { AnyEvidence } from "./methods.ts";

/** What a run has found out about one class. */
export interface ClassEvidence {
  readonly explanation: Explanation;
  readonly evidence: AnyEvidence;
  readonly target: Prediction;
}

/**
 * Of the class that a user names by label or index, or of the explained class where none is named; null while the map is not
 * final. Throws CLASS_UNKNOWN.
 */
export async function evidenceOf(
  desk: Desk,
  explanation: Explanation,
  named: string | null | undefined,
): Promise<ClassEvidence | null> {
  const evidence = await readEvidence(desk.store, explanation);
  const classified = explanation.latest.CLASSIFIED;
  if (!evidence || !classified) return null;
  if (named === null || named === undefined) return { explanation, evidence, target: classified.target };
  const labels = labelsOf(desk, explanation, evidence.probabilities.length);
  const index = classIndex({ id: explanation.question.model.id, labels }, named);
  return { explanation, evidence, target: { index, label: labels[index], probability: evidence.probabilities[index] } };
}

/** Of a model that has changed or gone meanwhile, the labels that the log has kept, and the index of the others. */
function labelsOf({ catalog }: Desk, { question, latest }: Explanation, classes: number): string[] {
  const model = catalog.models.find(({ digest }) => digest === question.model.digest);
  if (model) return model.manifest.labels;
  const labels = Array.from({ length: classes }, (_, index) => String(index));
  for (const { index, label } of latest.CLASSIFIED?.predictions ?? []) labels[index] = label;
  return labels;
}

/**
 * The key of a file of one class's map. That of the explained class is there; that of another is drawn from the evidence when it
 * is first asked for, and kept.
 */
export async function mapFileKey(desk: Desk, found: ClassEvidence, name: MapFileName): Promise<string> {
  const { explanation, target } = found;
  const { index } = target;
  if (index === explanation.latest.CLASSIFIED?.target.index) return keys.file(explanation.id, name);
  const key = keys.classFile(explanation.id, index, name);
  if ((await desk.store.get(key)) !== null) return key;

  const { image, model } = explanation.question;
  const picture = await desk.store.get(keys.input(explanation.id, image.format));
  if (picture === null) throw new Error(`The input of ${explanation.id} is missing`);
  const map = mapOf(found);
  await desk.store.put(key, await drawMapFile(name, map, { picture: picture.bytes, image, input: model.input }));
  return key;
}

/** Counted once for one answer, however many of its files are drawn. */
function mapOf(found: ClassEvidence): Tensor {
  const { explanation, evidence, target } = found;
  const map = maps.get(found) ?? showableMap(explanation.question, evidence, target.index, explanation.question.model.input);
  maps.set(found, map);
  return map;
}

const maps = new WeakMap<ClassEvidence, Tensor>();
