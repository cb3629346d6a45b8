import type { ObjectStore } from "../storage/object-store.ts";
import { decodeNpy, encodeNpy } from "../tensor/npy.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Evidence, scoresOf } from "../vit-cx/evidence.ts";
import type { Explanation } from "./fold.ts";
import { keys } from "./keys.ts";
import { type AnyEvidence, isOfVitCx } from "./methods.ts";
import type { MethodName } from "./options.ts";

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

/** Reads the evidence back; null while the map is not final. Read once for each explanation object, however many fields ask. */
export function readEvidence(store: ObjectStore, explanation: Explanation): Promise<AnyEvidence | null> {
  const known = evidences.get(explanation);
  if (known) return known;
  const reading = readFiles(store, explanation);
  evidences.set(explanation, reading);
  return reading;
}

const evidences = new WeakMap<Explanation, Promise<AnyEvidence | null>>();

async function readFiles(store: ObjectStore, { id, latest, question }: Explanation): Promise<AnyEvidence | null> {
  if (!latest.MAPPED) return null;
  const names = evidenceFileNames(question.method);
  const read = await Promise.all(names.map(async (name) => [name, await readTensor(store, keys.file(id, name))] as const));
  const tensors = Object.fromEntries(read) as Record<EvidenceFileName, Tensor | undefined>;
  const probabilities = tensors["probabilities.npy"]!.data;
  if (question.method === "VIT_CX") {
    const [masked, noisy] = [tensors["masked-probabilities.npy"]!, tensors["noisy-probabilities.npy"]!];
    return { probabilities, masks: tensors["masks.npy"]!, masked, noisy, clusterSizes: latest.CLUSTERED!.clusterSizes };
  }
  const { height, width } = question.model.input;
  return { extent: { height, width }, probabilities, scores: tensors["scores.npy"]!, masks: tensors["masks.npy"] ?? null };
}

async function readTensor(store: ObjectStore, key: string): Promise<Tensor> {
  const stored = await store.get(key);
  if (stored === null) throw new Error(`${key} is missing`);
  return decodeNpy(stored.bytes);
}
