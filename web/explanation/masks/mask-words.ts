import { percent } from "../progress.ts";
import type { ScoredMask } from "../classes/use-class-map.ts";

/** Which mask it is, and what keeping it alone did to the answer. */
export function maskTitle(mask: ScoredMask): string {
  const { index, score, masked, whole } = mask;
  return `Mask ${index} · score ${signed(score)} · alone ${percent(masked)}, the whole ${percent(whole)}`;
}

/** Two digits, with a minus sign that is as wide as a plus. */
export function signed(score: number): string {
  const text = Math.abs(score).toFixed(2);
  return score < 0 && text !== "0.00" ? `−${text}` : text;
}
