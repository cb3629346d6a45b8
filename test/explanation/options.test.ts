import { describe, expect, test } from "vitest";
import { completeMethod, type GivenOptions, type MethodName, methodNamed } from "../../lib/explanation/request/options.ts";
import { explanationId, type RequestBase } from "../../lib/explanation/request/request.ts";

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
  explanationId({ ...subject, ...completeMethod(method, given, 0.1) });

test.each<[MethodName, object]>([
  ["VIT_CX", { delta: 0.1, noiseSd: 0.1, seed: 0, noiseDraws: 1, masks: "merged", corrected: true }],
  ["OCCLUSION", { window: 32, stride: 16 }],
  ["RISE", { count: 4000, cells: 7, visible: 0.5, seed: 0 }],
  ["SCORE_CAM", {}],
  ["RANDOM", { seed: 0 }],
  ["CENTRE_GAUSSIAN", {}],
])("%s takes what is left out, or null, from its paper and the model", (method, options) => {
  expect(completeMethod(method, {}, 0.1)).toEqual({ method, options });
  expect(completeMethod(method, { delta: null, window: undefined, seed: null }, 0.1)).toEqual({ method, options });
});

describe("An option is refused", () => {
  test.each<[MethodName, GivenOptions, string]>([
    ["VIT_CX", { noiseDraws: 0 }, "Expected `noiseDraws` to be an integer from 1 to 64, got 0."],
    ["VIT_CX", { noiseDraws: 1.5 }, "Expected `noiseDraws` to be an integer from 1 to 64, got 1.5."],
    ["VIT_CX", { masks: "some" }, 'Expected `masks` to be "merged", "all" or "random", got some.'],
    ["VIT_CX", { corrected: 1 }, "Expected `corrected` to be true or false, got 1."],
    ["OCCLUSION", { window: 3 }, "Expected `window` to be an integer from 4 to 512, got 3."],
    ["OCCLUSION", { stride: 513 }, "Expected `stride` to be an integer from 4 to 512, got 513."],
    ["RISE", { count: 8001 }, "Expected `count` to be an integer from 1 to 8000, got 8001."],
    ["RISE", { cells: 29 }, "Expected `cells` to be an integer from 1 to 28, got 29."],
    ["RISE", { visible: 0 }, "Expected `visible` to be a number above 0 and at most 1, got 0."],
    ["OCCLUSION", { seed: 0 }, "The method OCCLUSION has no option `seed`; it has `window`, `stride`."],
    [
      "VIT_CX",
      { count: 5 },
      "The method VIT_CX has no option `count`; it has `delta`, `noiseSd`, `seed`, `noiseDraws`, `masks`, `corrected`.",
    ],
    ["SCORE_CAM", { delta: 0.1 }, "The method SCORE_CAM has no option `delta`; it has none."],
  ])("of %s: %o", (method, given, message) => {
    expect(() => completeMethod(method, given, 0.1)).toThrow(expect.objectContaining({ code: "BAD_USER_INPUT", message }));
  });
});

describe("The id", () => {
  test("of a plain request of ViT-CX is what it was before there were other options", () => {
    expect(idOf("VIT_CX", { seed: 7 })).toBe("1nmnweabqxack8bmfm7yfq1va0");
    expect(idOf("VIT_CX", { seed: 7, noiseDraws: 1, masks: "merged", corrected: true })).toBe("1nmnweabqxack8bmfm7yfq1va0");
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

test("A method is named in any case, with - or _, and an unknown one is refused with the names that there are", () => {
  expect(["VIT_CX", "vit-cx", "Centre-Gaussian"].map(methodNamed)).toEqual(["VIT_CX", "VIT_CX", "CENTRE_GAUSSIAN"]);
  const message = 'There is no method "grad-cam"; there are VIT_CX, OCCLUSION, RISE, SCORE_CAM, RANDOM, CENTRE_GAUSSIAN.';
  expect(() => methodNamed("grad-cam")).toThrow(expect.objectContaining({ code: "BAD_USER_INPUT", message }));
  expect(() => methodNamed("constructor")).toThrow("There is no method");
});
