import type { ObjectStore } from "../storage/object-store.ts";
import { decodeNpy, encodeNpy } from "../tensor/npy.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Evidence, scoresOf } from "../vit-cx/evidence.ts";
import type { Explanation } from "./fold.ts";
import { keys } from "./keys.ts";

/** A file of the result: its name, and its bytes. */
export interface ResultFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export const evidenceFileNames = [
  "masks.npy",
  "scores.npy",
  "probabilities.npy",
  "masked-probabilities.npy",
  "noisy-probabilities.npy",
] as const;

/** What a run learned, as files that numpy opens; `scores.npy`, [K, C], follows from the others and is there for the user. */
export function evidenceFiles(evidence: Evidence): readonly ResultFile[] {
  const [masks, classes] = evidence.masked.shape;
  const scores: Tensor = { shape: [masks, classes], data: new Float32Array(masks * classes) };
  for (let target = 0; target < classes; target++) {
    scoresOf(evidence, target).forEach((score, k) => (scores.data[k * classes + target] = score));
  }
  const tensors: Record<(typeof evidenceFileNames)[number], Tensor> = {
    "masks.npy": evidence.masks,
    "scores.npy": scores,
    "probabilities.npy": { shape: [classes], data: evidence.probabilities },
    "masked-probabilities.npy": evidence.masked,
    "noisy-probabilities.npy": evidence.noisy,
  };
  return evidenceFileNames.map((name) => ({ name, bytes: encodeNpy(tensors[name]) }));
}

/** Reads the evidence back; null while the map is not final. Read once for each explanation object, however many fields ask. */
export function readEvidence(store: ObjectStore, explanation: Explanation): Promise<Evidence | null> {
  const known = read.get(explanation);
  if (known) return known;
  const reading = readFiles(store, explanation);
  read.set(explanation, reading);
  return reading;
}

const read = new WeakMap<Explanation, Promise<Evidence | null>>();

async function readFiles(store: ObjectStore, { id, latest }: Explanation): Promise<Evidence | null> {
  if (!latest.MAPPED || !latest.CLUSTERED) return null;
  const [masks, , probabilities, masked, noisy] = await Promise.all(
    evidenceFileNames.map((name) => readTensor(store, keys.file(id, name))),
  );
  return { masks, probabilities: probabilities.data, masked, noisy, clusterSizes: latest.CLUSTERED.clusterSizes };
}

async function readTensor(store: ObjectStore, key: string): Promise<Tensor> {
  const stored = await store.get(key);
  if (stored === null) throw new Error(`${key} is missing`);
  return decodeNpy(stored.bytes);
}
