import { describe, expect, test } from "vitest";
import { completeMetrics } from "../../lib/explanation/request/metrics.ts";
import { completeMethod, seededMethods } from "../../lib/explanation/request/method-config.ts";
import { explanationId, type RequestBase } from "../../lib/explanation/request/request.ts";
import type { Preprocessing } from "../../lib/image/preprocess.ts";

const image = { format: "png", width: 300, height: 100, bytes: 100, sha256: "0" };
const stretched: Preprocessing = {
  width: 64,
  height: 64,
  mean: [0, 0, 0],
  sd: [1, 1, 1],
  resize: { fit: "stretch" },
  interpolation: "bilinear",
};
const cropped: Preprocessing = { ...stretched, resize: { fit: "crop", shortestEdge: 64 } };
const box = { left: 120, top: 20, right: 180, bottom: 70 };

test("Nothing is asked for by leaving out, by null, by an empty object and by what is false", () => {
  for (const given of [undefined, null, {}, { deletion: null, sparseness: false }]) {
    expect(completeMetrics(given, image, stretched, "VIT_CX")).toBeUndefined();
  }
});

test("What is left out, or null, is as in the metrics' papers", () => {
  const given = {
    deletion: {},
    insertion: { canvas: null, steps: 10 },
    saco: {},
    faithfulnessCorrelation: { runs: null },
    sparseness: true,
    pointingGame: {},
    energyInside: true,
    localisation: {},
    stability: {},
    maxSensitivity: { seed: null, samples: 4 },
    boxes: [box],
  };
  expect(completeMetrics(given, image, stretched, "VIT_CX")).toEqual({
    deletion: { canvas: "zero", steps: 224 },
    insertion: { canvas: "blurred", steps: 10 },
    saco: { canvas: "mean", groups: 10 },
    faithfulnessCorrelation: { canvas: "zero", runs: 100, subsetSize: 224, seed: 0 },
    sparseness: true,
    pointingGame: { tolerance: 15 },
    energyInside: true,
    localisation: { threshold: 0.5 },
    stability: { seeds: 3 },
    maxSensitivity: { radius: 0.02, samples: 4, seed: 0 },
    boxes: [box],
  });
});

describe("Metrics are refused", () => {
  test.each<[object, string | RegExp]>([
    [{ deletion: { steps: 0 } }, "Expected `metrics.deletion.steps` to be an integer from 1 to 1000, got 0."],
    [{ insertion: { steps: 1.5 } }, "Expected `metrics.insertion.steps` to be an integer from 1 to 1000, got 1.5."],
    [{ saco: { groups: 1 } }, "Expected `metrics.saco.groups` to be an integer from 2 to 100, got 1."],
    [{ localisation: { threshold: 0 } }, "Expected `metrics.localisation.threshold` to be a number from 0.01 to 1, got 0."],
    [{ pointingGame: { tolerance: -1 } }, "Expected `metrics.pointingGame.tolerance` to be a number from 0 to 100, got -1."],
    [{ stability: { seeds: 1 } }, "Expected `metrics.stability.seeds` to be an integer from 2 to 32, got 1."],
    [{ maxSensitivity: { radius: 0 } }, "Expected `metrics.maxSensitivity.radius` to be a number from 0.0001 to 10, got 0."],
    [{ maxSensitivity: { samples: 101 } }, "Expected `metrics.maxSensitivity.samples` to be an integer from 1 to 100, got 101."],
    [
      { deletion: { canvas: "grey" } },
      'Expected `metrics.deletion.canvas` to be "zero", "black", "mean" or "blurred", got grey.',
    ],
    [{ deletion: { groups: 4 } }, "The metric deletion has no option `groups`; it has `canvas`, `steps`."],
    [{ deletion: 5 }, "Expected `metrics.deletion` to be true or an object of options, got 5."],
    [{ entropy: true }, /^There is no metric `entropy`; there are `deletion`, .* and `maxSensitivity`\.$/],
    [{ pointingGame: {} }, /^`metrics\.boxes` is missing/],
    [{ sparseness: true, boxes: [box] }, /^`metrics\.boxes` is for `pointingGame`/],
    [{ energyInside: true, boxes: [] }, "Expected `metrics.boxes` to be 1 to 100 boxes, got 0."],
    [
      { energyInside: true, boxes: [{ ...box, right: 301 }] },
      /within the image's 300 × 100 pixels .*, got left 120, top 20, right 301/,
    ],
    [{ energyInside: true, boxes: [{ ...box, left: -1 }] }, /within the image's .*, got left -1,/],
    [{ energyInside: true, boxes: [{ ...box, right: 120 }] }, /left < right/],
    [{ energyInside: true, boxes: [{ ...box, bottom: 10 }] }, /top < bottom/],
    [
      { faithfulnessCorrelation: { subsetSize: 4096 } },
      /`metrics\.faithfulnessCorrelation\.subsetSize` to be less than .* 64 × 64 pixels/,
    ],
  ])("of %o", (given, message) => {
    const expected = typeof message === "string" ? message : expect.stringMatching(message);
    expect(() => completeMetrics(given, image, stretched, "VIT_CX")).toThrow(
      expect.objectContaining({ code: "BAD_USER_INPUT", message: expected }),
    );
  });

  test("of a box that the model does not see, since it sees the centre alone", () => {
    const beside = { ...box, left: 0, right: 100 };
    const asked = (each: typeof box) => completeMetrics({ energyInside: true, boxes: [each] }, image, cropped, "VIT_CX");
    expect(() => asked(beside)).toThrow("nothing of the box left 0, top 20, right 100, bottom 70");
    expect(asked({ ...beside, right: 101 })).toMatchObject({ boxes: [{ right: 101 }] });
    expect(completeMetrics({ energyInside: true, boxes: [beside] }, image, stretched, "VIT_CX")).toMatchObject({
      boxes: [beside],
    });
  });
});

test("Stability is for methods that have a seed", () => {
  for (const method of ["VIT_CX", "RISE", "RANDOM"] as const) {
    expect(completeMetrics({ stability: {} }, image, stretched, method)).toEqual({ stability: { seeds: 3 } });
  }
  for (const method of ["OCCLUSION", "SCORE_CAM", "CENTRE_GAUSSIAN"] as const) {
    const message = `\`metrics.stability\` is for methods that have a seed, which are ${seededMethods().join(", ")}; ${method} has none.`;
    expect(() => completeMetrics({ stability: {} }, image, stretched, method)).toThrow(
      expect.objectContaining({ code: "BAD_USER_INPUT", message }),
    );
    expect(completeMetrics({ maxSensitivity: {} }, image, stretched, method)).toBeDefined();
  }
});

test("The ids of what was asked before there were metrics that compare maps stay as they were", () => {
  const given = { sparseness: true, deletion: {}, faithfulnessCorrelation: {} };
  const written =
    '{"deletion":{"canvas":"zero","steps":224},"faithfulnessCorrelation":{"canvas":"zero","runs":100,"subsetSize":224,"seed":0},"sparseness":true}';
  expect(JSON.stringify(completeMetrics(given, image, stretched, "VIT_CX"))).toBe(written);
});

test("A metric without options is asked for by true or by an empty object, one with options as well", () => {
  expect(completeMetrics({ sparseness: {}, saco: true }, image, stretched, "VIT_CX")).toEqual({
    saco: { canvas: "mean", groups: 10 },
    sparseness: true,
  });
});

test("Metrics enter the id where there are any", () => {
  const subject: RequestBase = { owner: "local", model: { id: "m", digest: "d", input: stretched }, image, target: 3 };
  const idOf = (given: unknown) => {
    const metrics = completeMetrics(given, image, stretched, "VIT_CX");
    return explanationId({ ...subject, ...completeMethod("VIT_CX", {}, { delta: 0.1 }), ...(metrics && { metrics }) });
  };
  expect(idOf({ deletion: null })).toBe(idOf(undefined));
  expect(idOf({ deletion: { steps: 224 } })).toBe(idOf({ deletion: {} }));
  const ids = [idOf(undefined), idOf({ deletion: {} }), idOf({ insertion: {} }), idOf({ deletion: { steps: 5 } })];
  expect(new Set(ids).size).toBe(ids.length);
});
