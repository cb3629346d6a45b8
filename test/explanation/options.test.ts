import { describe, expect, test } from "vitest";
import { completeMethod, methodNamed, withCurrentNames } from "../../lib/explanation/request/method-config.ts";
import { ALGORITHM_VERSION, explanationId, type RequestBase } from "../../lib/explanation/request/request.ts";
import type { MethodName } from "../../lib/methods/registry.ts";
import type { GivenOptions } from "../../lib/options/complete.ts";

const subject: RequestBase = {
  owner: "local",
  model: {
    id: "m",
    digest: "d",
    input: { width: 8, height: 8, mean: [0, 0, 0], sd: [1, 1, 1], resize: { fit: "stretch" }, interpolation: "bilinear" },
  },
  image: { format: "png", width: 8, height: 8, bytes: 100, sha256: "0" },
  target: 3,
};
const idOf = (method: MethodName, given: GivenOptions = {}) =>
  explanationId({ ...subject, ...completeMethod(method, given, { delta: 0.1 }) });

test.each<[MethodName, object]>([
  ["VIT_CX", { delta: 0.1, noiseSd: 0.1, seed: 0, noiseDraws: 1, masks: "merged", corrected: true }],
  ["OCCLUSION", { window: 32, stride: 16 }],
  ["RISE", { numMasks: 4000, gridSize: 7, p1: 0.5, seed: 0 }],
  ["SCORE_CAM", {}],
  ["RANDOM", { seed: 0 }],
  ["CENTRE_GAUSSIAN", {}],
])("%s takes what is left out, or null, from its paper and the model", (method, options) => {
  expect(completeMethod(method, {}, { delta: 0.1 })).toEqual({ method, options });
  expect(completeMethod(method, { delta: null, window: undefined, seed: null }, { delta: 0.1 })).toEqual({ method, options });
});

describe("An option is refused", () => {
  test.each<[MethodName, GivenOptions, string]>([
    ["VIT_CX", { noiseDraws: 0 }, "Expected `noiseDraws` to be an integer from 1 to 64, got 0."],
    ["VIT_CX", { noiseDraws: 1.5 }, "Expected `noiseDraws` to be an integer from 1 to 64, got 1.5."],
    ["VIT_CX", { masks: "some" }, 'Expected `masks` to be "merged", "all" or "random", got some.'],
    ["VIT_CX", { corrected: 1 }, "Expected `corrected` to be true or false, got 1."],
    ["OCCLUSION", { window: 3 }, "Expected `window` to be an integer from 4 to 512, got 3."],
    ["OCCLUSION", { stride: 513 }, "Expected `stride` to be an integer from 4 to 512, got 513."],
    ["RISE", { numMasks: 8001 }, "Expected `numMasks` to be an integer from 1 to 8000, got 8001."],
    ["RISE", { gridSize: 29 }, "Expected `gridSize` to be an integer from 1 to 28, got 29."],
    ["RISE", { p1: 0 }, "Expected `p1` to be a number above 0 and at most 1, got 0."],
    ["OCCLUSION", { seed: 0 }, "The method OCCLUSION has no option `seed`; it has `window`, `stride`."],
    [
      "VIT_CX",
      { numMasks: 5 },
      "The method VIT_CX has no option `numMasks`; it has `delta`, `noiseSd`, `noiseDraws`, `masks`, `corrected`, `seed`.",
    ],
    ["SCORE_CAM", { delta: 0.1 }, "The method SCORE_CAM has no option `delta`; it has none."],
  ])("of %s: %o", (method, given, message) => {
    expect(() => completeMethod(method, given, { delta: 0.1 })).toThrow(
      expect.objectContaining({ code: "BAD_USER_INPUT", message }),
    );
  });
});

describe("The id", () => {
  test("is the same however the options were given: left out, spelled out, or by their former names", () => {
    expect(idOf("VIT_CX", { seed: 7, noiseDraws: 1, masks: "merged", corrected: true })).toBe(idOf("VIT_CX", { seed: 7 }));
    expect(idOf("RISE", { count: 5, visible: 0.25 })).toBe(idOf("RISE", { p1: 0.25, numMasks: 5 }));
  });

  test("is another one for another version of the algorithm, so a fix never answers with an old map", () => {
    const config = completeMethod("VIT_CX", {}, { delta: 0.1 });
    const before = explanationId({ ...subject, ...config });
    expect(explanationId({ ...subject, ...config, algorithmVersion: 1 })).toBe(before);
    expect(explanationId({ ...subject, ...config, algorithmVersion: ALGORITHM_VERSION })).not.toBe(before);
  });

  test("differs where a method, one of its options or its value does", () => {
    const ids = [
      idOf("VIT_CX"),
      idOf("VIT_CX", { noiseDraws: 2 }),
      idOf("VIT_CX", { noiseDraws: 4 }),
      idOf("VIT_CX", { masks: "all" }),
      idOf("VIT_CX", { masks: "random" }),
      idOf("VIT_CX", { corrected: false }),
      idOf("VIT_CX", { corrected: false, masks: "all" }),
      idOf("OCCLUSION"),
      idOf("OCCLUSION", { window: 16 }),
      idOf("OCCLUSION", { stride: 8 }),
      idOf("RISE"),
      idOf("RISE", { seed: 1 }),
      idOf("SCORE_CAM"),
      idOf("RANDOM"),
      idOf("CENTRE_GAUSSIAN"),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});

test("Options of earlier versions have their present names", () => {
  expect(withCurrentNames("RISE", { count: 5, seed: 1 })).toEqual({ numMasks: 5, seed: 1 });
  expect(withCurrentNames("OCCLUSION", { count: 5 })).toEqual({ count: 5 });
});

test("A method is named in any case, with - or _, and an unknown one is refused with the names that there are", () => {
  expect(["VIT_CX", "vit-cx", "Centre-Gaussian"].map(methodNamed)).toEqual(["VIT_CX", "VIT_CX", "CENTRE_GAUSSIAN"]);
  const message =
    'There is no method "lime"; there are VIT_CX, ROLLOUT, PARTIAL_LRP, CGW1, CGW2, TAM, GRAD_CAM, INTEGRATED_GRADIENTS, SMOOTH_GRAD, ' +
    "SCORE_CAM, OCCLUSION, RISE, ATTN_LRP, GRADIENT, RANDOM, CENTRE_GAUSSIAN.";
  expect(() => methodNamed("lime")).toThrow(expect.objectContaining({ code: "BAD_USER_INPUT", message }));
  expect(() => methodNamed("constructor")).toThrow("There is no method");
});
