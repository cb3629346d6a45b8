import { CodedError } from "../errors.ts";

/** A CodedError MODEL_UNUSABLE: the model's files, or what its manifest says of them, are not what they must be. */
export function unusable(sentence: string, cause?: unknown): CodedError {
  return new CodedError("MODEL_UNUSABLE", sentence, { cause });
}
