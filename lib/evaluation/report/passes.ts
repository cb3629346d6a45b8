import type { AnyOptions } from "../../explanation/request/options.ts";
import { parseMethod } from "../../explanation/request/parse-method.ts";

/**
 * How many images the model is shown for a map by a method as a row names it, of so many masks: one as it is, and for each mask
 * another; of ViT-CX two for each mask and draw of the noise.
 */
export function passesOf(text: string, masks: number): number {
  const { method, options } = parseMethod(text);
  const { noiseDraws = 1 } = options as AnyOptions;
  return 1 + (method === "VIT_CX" ? 2 * noiseDraws : 1) * masks;
}
