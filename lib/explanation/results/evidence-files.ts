import { methodOf } from "../../methods/bind.ts";
import { type ClassEvidence, column, type Evidence, type MethodDescriptor } from "../../methods/method.ts";
import type { MethodName } from "../../methods/registry.ts";
import { decodeNpy, encodeNpy } from "../../tensor/npy.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { ResultDeps } from "../deps.ts";
import { keys } from "../keys.ts";
import { readObject } from "../read-object.ts";
import type { Explanation } from "../log/fold.ts";

/** A file of the result: its name, and its bytes. */
export interface ResultFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const PROBABILITIES = "probabilities";

/** What a run learned, as files that numpy opens: the tensors that its map is made of, those that follow from them, and f(·|X), [C]. */
export function evidenceFiles(name: MethodName, evidence: Evidence): readonly ResultFile[] {
  const { probabilities, tensors } = evidence;
  const all = {
    ...tensors,
    ...methodOf(name).derived?.(evidence),
    [PROBABILITIES]: { shape: [probabilities.length], data: probabilities },
  };
  return Object.entries(all).map(([tensor, value]) => ({ name: fileOf(tensor), bytes: encodeNpy(value) }));
}

/** Their names. */
export function evidenceFileNames(name: MethodName): readonly string[] {
  const { tensors, derivedNames = [] } = methodOf(name);
  return [...Object.keys(tensors), ...derivedNames, PROBABILITIES].map(fileOf);
}

function fileOf(tensor: string): string {
  return `${tensor}.npy`;
}

/** f(·|X) of all classes, [C]. */
export function readProbabilities(deps: ResultDeps, explanation: Explanation): Promise<Float32Array> {
  return deps.cache.memoize(explanation, PROBABILITIES, async () => (await readTensor(deps, explanation, PROBABILITIES)).data);
}

/**
 * The evidence about one class alone, of an explanation whose map is final. A file may have tens of MB, of which a class needs a
 * column; so few are read at a time, and no more is kept.
 */
export function readEvidence(deps: ResultDeps, explanation: Explanation, target: number): Promise<ClassEvidence> {
  const { method, model } = explanation.request;
  const { height, width } = model.input;
  return deps.cache.memoize(explanation, `evidence ${target}`, async () => {
    const probabilities = await readProbabilities(deps, explanation);
    const tensors = await readTensors(deps, explanation, methodOf(method), target);
    return { extent: { height, width }, probability: probabilities[target]!, tensors };
  });
}

async function readTensors(
  deps: ResultDeps,
  explanation: Explanation,
  { tensors }: MethodDescriptor,
  target: number,
): Promise<Record<string, Tensor>> {
  const entries: [string, Tensor][] = [];
  for (const [name, scope] of Object.entries(tensors)) {
    const tensor =
      scope === "shared"
        ? deps.cache.memoize(explanation, name, () => readTensor(deps, explanation, name))
        : deps.cache.limitReads(async () => column(await readTensor(deps, explanation, name), target));
    entries.push([name, await tensor]);
  }
  return Object.fromEntries(entries);
}

async function readTensor({ store }: ResultDeps, { id }: Explanation, tensor: string): Promise<Tensor> {
  return decodeNpy(await readObject(store, keys.file(id, fileOf(tensor))));
}
