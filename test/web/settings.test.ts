import { expect, test } from "vitest";
import { defaults, fieldOf, inputOf } from "../../web/ask/settings.ts";

const image = new File([], "x.png");

test("what is left empty is left to the server", () => {
  const { options, ...input } = inputOf(image, defaults);
  expect(input).toEqual({ image, model: null, method: "VIT_CX", target: null, seed: null, metrics: null });
  expect(new Set(Object.values(options!))).toEqual(new Set([null]));
});

test("what is filled in is sent as numbers and a trimmed class", () => {
  const settings = { ...defaults, target: " tropical fish ", delta: "0.2", noiseSd: "0", seed: "7", measure: true };
  expect(inputOf(image, settings)).toMatchObject({
    target: "tropical fish",
    seed: 7,
    options: { delta: 0.2, noiseSd: 0 },
    metrics: { deletion: {}, insertion: {} },
  });
});

test("an option that the method does not have is not sent, though it was filled in for another", () => {
  const settings = { ...defaults, method: "OCCLUSION", delta: "0.2", seed: "7", window: "48" } as const;
  expect(inputOf(image, settings)).toMatchObject({ seed: null, options: { delta: null, window: 48 } });
});

test.each([
  ["IMAGE_UNREADABLE", "The image cannot be read.", "image"],
  ["MODEL_UNKNOWN", "There is no model.", "model"],
  ["CLASS_UNKNOWN", "No class.", "target"],
  ["BAD_USER_INPUT", "Expected `noiseSd` to be a number from 0 to 10, got 11.", "noiseSd"],
  ["BAD_USER_INPUT", "Expected `count` to be an integer from 1 to 8000, got 0.", "count"],
  ["UNREACHABLE", "The server cannot be reached.", undefined],
])("an error with %s is shown beside its field", (code, message, field) => {
  expect(fieldOf(code, message)).toBe(field);
});
