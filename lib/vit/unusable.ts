import { CodedError } from "../errors.ts";

/** A CodedError MODEL_UNUSABLE: the model's files, or what its manifest says of them, are not what they must be. */
export function unusable(sentence: string, cause?: unknown): CodedError {
  return new CodedError("MODEL_UNUSABLE", sentence, { cause });
}

/** The same, of a graph that does something else than to classify images. */
export function notImages(why: string): CodedError {
  return unusable(`this is not an image classifier that vitcx knows: ${why}`);
}
