import { parseMethod } from "../../explanation/request/parse-method.ts";
import { completeMethod } from "../../explanation/request/method-config.ts";
import { bindMethod } from "../../methods/bind.ts";

/** Nothing of a model changes how many passes a variant takes. */
const ANY_MODEL = { delta: 1, input: { height: 224, width: 224 }, channels: 1 };

/** Passes of the model for a map by a method as a row names it, of so many masks: one of the image as it is, and those of each mask. */
export function passesOf(text: string, masks: number): number {
  const { method, options } = parseMethod(text);
  const { passesPerVariant } = bindMethod(completeMethod(method, options, ANY_MODEL)).cost(ANY_MODEL);
  return 1 + passesPerVariant * masks;
}
