import { diagnose, type Diagnostics, type Evidence, scoresOf } from "../../methods/vit-cx/evidence.ts";
import type { EventKind } from "../log/events.ts";
import { evidenceFileNames } from "./evidence-files.ts";
import type { Explanation } from "../log/fold.ts";
import { mapFileNames, thumbnailName } from "./map-files.ts";
import { type AnyEvidence, isOfVitCx } from "../run/methods.ts";
import type { MethodName } from "../request/options.ts";

/** A mask, and what eq. (2) found for one class. */
export interface ScoredMask {
  /** Its row in masks.npy; the largest cluster has 0. */
  readonly index: number;
  /** How many ViT masks it is the mean of. */
  readonly clusterSize: number;
  /** s = masked + whole − noisy. */
  readonly score: number;
  /** f(y | X∘M + (1−M)∘Z): what the mask keeps, alone. */
  readonly masked: number;
  /** f(y | X). */
  readonly whole: number;
  /** f(y | X + (1−M)∘Z): the whole image under the same noise. */
  readonly noisy: number;
}

/** All masks, for one class. */
export function scoredMasks(evidence: Evidence, target: number): readonly ScoredMask[] {
  const classes = evidence.probabilities.length;
  return Array.from(scoresOf(evidence, target), (score, index) => ({
    index,
    clusterSize: evidence.clusterSizes[index],
    score,
    masked: evidence.masked.data[index * classes + target],
    whole: evidence.probabilities[target],
    noisy: evidence.noisy.data[index * classes + target],
  }));
}

/** Causal overdetermination is a mean score above this: nearly any part of the image suffices (section 4.3 of the paper). */
const OVERDETERMINED = 0.9;

export interface DiagnosticsOfClass extends Diagnostics {
  /** Mean cosine similarity over all pairs of ViT masks, before clustering. */
  readonly meanSimilarity: number;
  readonly overdetermined: boolean;
}

export function diagnosticsOf({ latest, request }: Explanation, evidence: Evidence, target: number): DiagnosticsOfClass {
  const diagnostics = diagnose(evidence, target, request.model.input);
  const meanSimilarity = latest.CLUSTERED?.meanSimilarity ?? NaN;
  return { meanSimilarity, ...diagnostics, overdetermined: diagnostics.scoreMean > OVERDETERMINED };
}

/** Milliseconds from one event of the log to another; undefined where one of them has not happened. */
export interface Timings {
  /** In the queue. */
  readonly queued: number | undefined;
  /** Reading the image, loading the model, the first pass. */
  readonly classified: number | undefined;
  readonly clustered: number | undefined;
  readonly scored: number | undefined;
  /** The map, its pictures, and putting them into the store. */
  readonly mapped: number | undefined;
  /** All metrics, of the time after MAPPED. */
  readonly measured: number | undefined;
  /** From STARTED to MAPPED. */
  readonly total: number | undefined;
}

export function timingsOf({ latest }: Explanation): Timings {
  const between = (from: EventKind, to: EventKind) => {
    const [begun, ended] = [latest[from]?.time, latest[to]?.time];
    return begun && ended ? Date.parse(ended) - Date.parse(begun) : undefined;
  };
  // Not every method clusters, or scores anything.
  const masked: EventKind = latest.CLUSTERED ? "CLUSTERED" : "CLASSIFIED";
  return {
    queued: between("QUEUED", "STARTED"),
    classified: between("STARTED", "CLASSIFIED"),
    clustered: between("CLASSIFIED", "CLUSTERED"),
    scored: between(masked, "SCORED"),
    mapped: between(latest.SCORED ? "SCORED" : masked, "MAPPED"),
    measured: between("MAPPED", "MEASURED"),
    total: between("STARTED", "MAPPED"),
  };
}

/** All files of a result. */
export function resultFileNames(method: MethodName, isMeasured = false): readonly string[] {
  const map = [...mapFileNames, thumbnailName];
  return [...map, ...evidenceFileNames(method), "explanation.json", ...(isMeasured ? ["metrics.json"] : [])];
}

/** Those of an explanation's that are there: the map's with the map, the last ones when all is done, and of an old one no thumbnail. */
export function filesOf({ latest: { MAPPED }, status, request }: Explanation): readonly string[] {
  if (!MAPPED) return [];
  const names = resultFileNames(request.method, request.metrics !== undefined);
  const isThere = (name: string) =>
    name === thumbnailName ? MAPPED.thumbnail : status === "SUCCEEDED" || !name.endsWith(".json");
  return names.filter(isThere);
}

/** explanation.json: the whole explanation for people and programs that have the files alone. */
export function summarise(explanation: Explanation, evidence: AnyEvidence): Uint8Array {
  const { id, createdAt, request, latest } = explanation;
  const target = latest.CLASSIFIED!.target;
  const summary = {
    id,
    createdAt,
    method: request.method,
    model: request.model,
    image: request.image,
    options: request.options,
    target,
    predictions: latest.CLASSIFIED!.predictions,
    diagnostics: isOfVitCx(evidence) ? diagnosticsOf(explanation, evidence, target.index) : null,
    masks: isOfVitCx(evidence) ? scoredMasks(evidence, target.index) : null,
    timings: timingsOf(explanation),
  };
  return new TextEncoder().encode(`${JSON.stringify(summary, null, 2)}\n`);
}
