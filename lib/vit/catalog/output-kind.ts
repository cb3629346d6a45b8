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

/** Whether a softmax or a sigmoid is still to make probabilities of it. */
export function isLogits(kind: OutputKind): boolean {
  return kind === "logits" || kind === "multi-label-logits";
}

/** The same kind of output, of labels that do not exclude each other; undefined of a softmax's, which makes them exclude each other. */
export function multiLabel(kind: OutputKind): OutputKind | undefined {
  if (isMultiLabel(kind)) return kind;
  return kind === "logits" ? "multi-label-logits" : undefined;
}
