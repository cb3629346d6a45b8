import pLimit from "p-limit";
import type { ObjectStore } from "../../storage/object-store.ts";
import { decodeNpy, encodeNpy } from "../../tensor/npy.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type Evidence, scoresOf } from "../../methods/vit-cx/evidence.ts";
import type { Explanation } from "../log/fold.ts";
import { keys } from "../keys.ts";
import { type AnyEvidence, isOfVitCx } from "../run/methods.ts";
import { once } from "./memoize.ts";
import type { MethodName } from "../request/options.ts";

/** A file of the result: its name, and its bytes. */
export interface ResultFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

type EvidenceFileName = "masks.npy" | "scores.npy" | "probabilities.npy" | "masked-probabilities.npy" | "noisy-probabilities.npy";

/** The files that hold what a method learned. */
export function evidenceFileNames(method: MethodName): readonly EvidenceFileName[] {
  switch (method) {
    case "VIT_CX":
      return ["masks.npy", "scores.npy", "probabilities.npy", "masked-probabilities.npy", "noisy-probabilities.npy"];
    case "SCORE_CAM":
      return ["masks.npy", "scores.npy", "probabilities.npy"];
    default:
      return ["scores.npy", "probabilities.npy"];
  }
}

/** What a run learned, as files that numpy opens. ViT-CX's scores, [K, C], follow from the others and are there for the user. */
export function evidenceFiles(method: MethodName, evidence: AnyEvidence): readonly ResultFile[] {
  const { masks, probabilities } = evidence;
  const tensors: Record<EvidenceFileName, Tensor | null> = {
    "masks.npy": masks,
    "scores.npy": isOfVitCx(evidence) ? allScores(evidence) : evidence.scores,
    "probabilities.npy": { shape: [probabilities.length], data: probabilities },
    "masked-probabilities.npy": isOfVitCx(evidence) ? evidence.masked : null,
    "noisy-probabilities.npy": isOfVitCx(evidence) ? evidence.noisy : null,
  };
  return evidenceFileNames(method).map((name) => ({ name, bytes: encodeNpy(tensors[name]!) }));
}

/** s_k(y) for all classes, [K, C]. */
function allScores(evidence: Evidence): Tensor {
  const [masks, classes] = evidence.masked.shape;
  const scores: Tensor = { shape: [masks, classes], data: new Float32Array(masks * classes) };
  for (let target = 0; target < classes; target++) {
    scoresOf(evidence, target).forEach((score, k) => (scores.data[k * classes + target] = score));
  }
  return scores;
}

/** f(y|X) of all classes, [C]. */
export function readProbabilities(store: ObjectStore, explanation: Explanation): Promise<Float32Array> {
  return once(explanation, "probabilities", async () => (await readTensor(store, explanation, "probabilities.npy")).data);
}

/**
 * The evidence about one class alone, of an explanation whose map is final: as that of a model with no other class, so the class has
 * the index 0 in it. A file may have tens of MB, of which a class needs a column; so few are read at a time, and no more is kept.
 */
export function readEvidence(store: ObjectStore, explanation: Explanation, target: number): Promise<AnyEvidence> {
  const { request, latest } = explanation;
  const column = (name: EvidenceFileName) => limit(async () => columnOf(await readTensor(store, explanation, name), target));
  return once(explanation, `evidence ${target}`, async () => {
    const probabilities = Float32Array.of((await readProbabilities(store, explanation))[target]);
    const masks = evidenceFileNames(request.method).includes("masks.npy") ? await readMasks(store, explanation) : null;
    if (request.method === "VIT_CX") {
      const [masked, noisy] = [await column("masked-probabilities.npy"), await column("noisy-probabilities.npy")];
      return { probabilities, masks: masks!, masked, noisy, clusterSizes: latest.CLUSTERED!.clusterSizes };
    }
    const { height, width } = request.model.input;
    return { extent: { height, width }, probabilities, scores: await column("scores.npy"), masks };
  });
}

const limit = pLimit(2);

function readMasks(store: ObjectStore, explanation: Explanation): Promise<Tensor> {
  return once(explanation, "masks", () => readTensor(store, explanation, "masks.npy"));
}

/** Column c of a matrix [K, C], as [K, 1]. */
function columnOf({ shape: [rows, columns], data }: Tensor, c: number): Tensor {
  return { shape: [rows, 1], data: Float32Array.from({ length: rows }, (_, k) => data[k * columns + c]) };
}

async function readTensor(store: ObjectStore, { id }: Explanation, name: EvidenceFileName): Promise<Tensor> {
  const stored = await store.get(keys.file(id, name));
  if (stored === null) throw new Error(`${keys.file(id, name)} is missing`);
  return decodeNpy(stored.bytes);
}
