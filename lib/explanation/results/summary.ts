import { bindMethod, methodOf } from "../../methods/bind.ts";
import type { ClassEvidence, Diagnostics, Evidence, MaskTerms } from "../../methods/method.ts";
import type { MethodName } from "../../methods/registry.ts";
import type { EventKind } from "../log/events.ts";
import { evidenceFileNames } from "./evidence-files.ts";
import type { Explanation } from "../log/fold.ts";
import { mapFileNames, thumbnailName } from "./map-files.ts";

/** A mask, and what eq. (2) found for one class. */
export interface ScoredMask extends MaskTerms {
  /** Its row in masks.npy; the largest cluster has 0. */
  readonly index: number;
  /** How many ViT masks it is the mean of. */
  readonly clusterSize: number;
}

/** All masks, for one class; null for a method whose masks are not scored by eq. (2). */
export function scoredMasks({ latest, request }: Explanation, evidence: ClassEvidence): readonly ScoredMask[] | null {
  const terms = methodOf(request.method).maskTerms?.(evidence);
  return terms?.map((each, index) => ({ index, clusterSize: latest.CLUSTERED?.clusterSizes[index] ?? 1, ...each })) ?? null;
}

/** Causal overdetermination is a mean score above this: nearly any part of the image suffices (section 4.3 of the paper). */
const OVERDETERMINED = 0.9;

export interface DiagnosticsOfClass extends Diagnostics {
  /** Mean cosine similarity over all pairs of ViT masks, before clustering. */
  readonly meanSimilarity: number;
  readonly overdetermined: boolean;
}

/** Null for a method without diagnostics. */
export function diagnosticsOf({ latest, request }: Explanation, evidence: ClassEvidence): DiagnosticsOfClass | null {
  const diagnostics = methodOf(request.method).diagnose?.(evidence);
  if (!diagnostics) return null;
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
export function summarise(explanation: Explanation, evidence: Evidence): Uint8Array {
  const { id, createdAt, request, latest } = explanation;
  const { target, predictions, isMultiLabel } = latest.CLASSIFIED!;
  const ofTarget = bindMethod(request).evidenceOf(evidence, target.index);
  const summary = {
    id,
    createdAt,
    method: request.method,
    model: request.model,
    image: request.image,
    options: request.options,
    target,
    predictions,
    ...(isMultiLabel && { isMultiLabel }),
    diagnostics: diagnosticsOf(explanation, ofTarget),
    masks: scoredMasks(explanation, ofTarget),
    timings: timingsOf(explanation),
  };
  return new TextEncoder().encode(`${JSON.stringify(summary, null, 2)}\n`);
}
