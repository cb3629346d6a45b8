import { CodedError } from "../../errors.ts";

/**
 * The same answer of a model, found to be numbers: of NaN or an infinity every map would be black.
 *
 * @throws CodedError MODEL_NOT_FINITE
 */
export function checkFinite<Answer extends Readonly<Record<string, { readonly data: Float32Array }>>>(
  answer: Answer,
  id: string,
): Answer {
  for (const [name, { data }] of Object.entries(answer)) {
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad < 0) continue;
    throw new CodedError(
      "MODEL_NOT_FINITE",
      `Model "${id}" answered ${data[bad]} among its ${name}; half precision overflows so, and weights that are damaged. Use the file with float32 weights, or another image.`,
    );
  }
  return answer;
}
