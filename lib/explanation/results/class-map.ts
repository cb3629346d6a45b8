import { CodedError } from "../../errors.ts";
import { methodOf } from "../../methods/bind.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { classIndex } from "../../vit/catalog/labels.ts";
import type { Deps, ResultDeps } from "../deps.ts";
import type { Prediction } from "../log/events.ts";
import { readEvidence, readProbabilities } from "./evidence-files.ts";
import type { Explanation } from "../log/fold.ts";
import { givenName } from "../request/given-name.ts";
import { keys } from "../keys.ts";
import { readObject } from "../read-object.ts";
import { drawMapFile, type MapFileName, showableMap } from "./map-files.ts";
import { isGiven } from "../../options/complete.ts";

/** A class that is asked about, of an explanation whose map is final. */
export interface SelectedClass {
  readonly explanation: Explanation;
  readonly target: Prediction;
}

/**
 * The class that a user names by label or index, or the explained class where none is named; null while the map is not final.
 * Throws CLASS_UNKNOWN, CLASS_NOT_EXPLAINED where the method explains one class a run, and BAD_USER_INPUT for a name that is too long. The log tells of the explained class; no file is read for it.
 */
export async function selectClass(
  deps: Deps,
  explanation: Explanation,
  named: string | null | undefined,
): Promise<SelectedClass | null> {
  const { latest, request } = explanation;
  if (!latest.MAPPED || !latest.CLASSIFIED) return null;
  const explained = { explanation, target: latest.CLASSIFIED.target };
  if (!isGiven(named)) return explained;
  const model = deps.catalog.models.find(({ digest }) => digest === request.model.digest);
  const labels = model?.manifest.labels ?? (await keptLabels(deps, explanation));
  const index = classIndex({ id: request.model.id, labels }, givenName("target", named));
  if (index === explained.target.index) return explained;
  const { everyClass, title } = methodOf(request.method);
  if (!everyClass) {
    throw new CodedError(
      "CLASS_NOT_EXPLAINED",
      `${title} explains one class a run, here "${explained.target.label}"; ask again with the target ${JSON.stringify(labels[index])}.`,
    );
  }
  const probabilities = await readProbabilities(deps, explanation);
  return { explanation, target: { index, label: labels[index]!, probability: probabilities[index]! } };
}

/** Of a model that has changed or gone meanwhile, the labels that the log has kept, and the index of the others. */
async function keptLabels(deps: ResultDeps, explanation: Explanation): Promise<string[]> {
  const labels = Array.from(await readProbabilities(deps, explanation), (_, index) => String(index));
  const { predictions, target } = explanation.latest.CLASSIFIED!;
  for (const { index, label } of [...predictions, target]) labels[index] = label;
  return labels;
}

/**
 * The key of a file of one class's map. That of the explained class is there; that of another is drawn from the evidence when it
 * is first asked for, and kept. `mayDraw` is told before anything is drawn, and may throw.
 */
export async function mapFileKey(
  deps: ResultDeps,
  asked: SelectedClass,
  name: MapFileName,
  mayDraw: () => void,
): Promise<string> {
  const { explanation, target } = asked;
  if (target.index === explanation.latest.CLASSIFIED?.target.index) return keys.file(explanation.id, name);
  const key = keys.classFile(explanation.id, target.index, name);
  return deps.cache.memoize(explanation, key, async () => {
    if ((await deps.store.head(key)) !== null) return key;
    mayDraw();
    await deps.cache.limitDraws(async () => deps.store.put(key, await draw(deps, asked, name)));
    return key;
  });
}

async function draw(deps: ResultDeps, asked: SelectedClass, name: MapFileName): Promise<Uint8Array> {
  const { id, request } = asked.explanation;
  const { image, model } = request;
  return drawMapFile(request, name, await mapOf(deps, asked), async () => {
    return { picture: await pictureOf(deps, id, image.format), image, input: model.input };
  });
}

/** Counted once, however many of its files are drawn. */
function mapOf(deps: ResultDeps, { explanation, target: { index } }: SelectedClass): Promise<Tensor> {
  const { request } = explanation;
  return deps.cache.memoize(explanation, `map ${index}`, async () =>
    showableMap(request, await readEvidence(deps, explanation, index), request.model.input),
  );
}

function pictureOf({ store, cache }: ResultDeps, id: string, format: string): Promise<Uint8Array> {
  const key = keys.input(id, format);
  return cache.picture(key, () => readObject(store, key));
}
