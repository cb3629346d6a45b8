/**
 * What a classifier's output means. `logits` and `probabilities` are of classes that exclude each other (softmax), the multi-label
 * ones of labels that do not: each has a probability of its own (sigmoid).
 */
export const OUTPUT_KINDS = ["logits", "probabilities", "multi-label-logits", "multi-label-probabilities"] as const;

export type OutputKind = (typeof OUTPUT_KINDS)[number];

/** Whether several labels can be true of an image, or none. */
export function isMultiLabel(kind: OutputKind): boolean {
  return kind === "multi-label-logits" || kind === "multi-label-probabilities";
}

/** The same kind of output, of labels that do not exclude each other. */
export function multiLabel(kind: OutputKind): OutputKind {
  return kind === "logits" || kind === "multi-label-logits" ? "multi-label-logits" : "multi-label-probabilities";
}
