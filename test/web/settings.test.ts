import { graphql } from "graphql";
import { expect, test } from "vitest";
import { schema } from "../../schema/schema.ts";
import { completeMetrics } from "../../lib/explanation/request/metrics.ts";
import { completeMethod } from "../../lib/explanation/request/options.ts";
import { boxBetween, isDrawn } from "../../web/ask/boxes.ts";
import { fieldOf, inWords as wordsBy, problemsOf as problemsBy } from "../../web/ask/errors.ts";
import { choiceOf, type MetricForm } from "../../web/ask/metrics.ts";
import { options, type Range } from "../../web/ask/options.ts";
import { defaults, inputOf as inputBy, type Settings, settingsOf } from "../../web/ask/settings.ts";

/** As the page is told of them. */
const source = `{ metrics {
  name title description needs
  options { name title description type default minimum maximum isAbove unit values { value description } }
} }`;
const metrics = (await graphql({ schema, source, contextValue: {} })).data!["metrics"] as MetricForm[];
const inputOf = (settings: Settings) => inputBy(metrics, settings);
const problemsOf = (settings: Settings) => problemsBy(metrics, settings);
const inWords = (message: string) => wordsBy(metrics, message);

test("what is left empty is left to the server", () => {
  expect(inputOf(defaults)).toEqual({ model: null, method: "VIT_CX", target: null, seed: null, options: {}, metrics: null });
});

test("what is filled in is sent as numbers, choices and a trimmed class", () => {
  const settings: Settings = {
    ...defaults,
    target: " tropical fish ",
    delta: "0,2",
    noiseSd: "0",
    seed: "7",
    masks: "RANDOM",
    corrected: "false",
    metrics: { deletion: {}, insertion: { canvas: "BLACK", steps: " 12 " }, sparseness: {} },
    // Of no metric that is asked for.
    boxes: [{ left: "1", top: "2", right: "3", bottom: "4" }],
  };
  expect(inputOf(settings)).toMatchObject({
    target: "tropical fish",
    seed: 7,
    options: { delta: 0.2, noiseSd: 0, masks: "RANDOM", corrected: false },
    metrics: { deletion: {}, insertion: { canvas: "BLACK", steps: 12 }, sparseness: true },
  });
  expect(inputOf(settings).metrics).not.toHaveProperty("boxes");
});

test("an option that the method does not have is not sent, though it was filled in for another", () => {
  const settings = { ...defaults, method: "OCCLUSION", delta: "0.2", seed: "7", window: "48" } as const;
  expect(inputOf(settings)).toMatchObject({ seed: null, options: { window: 48 } });
  expect(inputOf(settings).options).not.toHaveProperty("delta");
});

test("boxes are sent with the metrics that need them, and missed where there are none", () => {
  const settings: Settings = { ...defaults, metrics: { pointingGame: {} } };
  expect(Object.keys(problemsOf(settings))).toEqual(["boxes"]);
  const boxes = [{ left: "1", top: "2.5", right: "30", bottom: "40" }];
  expect(problemsOf({ ...settings, boxes })).toEqual({});
  expect(inputOf({ ...settings, boxes }).metrics).toEqual({
    pointingGame: {},
    boxes: [{ left: 1, top: 2.5, right: 30, bottom: 40 }],
  });
  expect(Object.keys(problemsOf({ ...settings, boxes: [{ ...boxes[0]!, top: "" }] }))).toEqual(["boxes"]);
});

test("what no field takes is told with its label and its range, before anything is sent", () => {
  const metrics = { deletion: { steps: "2.5" }, saco: { groups: "many" } };
  expect(problemsOf({ ...defaults, delta: "a tenth", noiseSd: "11", noiseDraws: "1.5", window: "?", metrics })).toEqual({
    delta: "“a tenth” is not a number. Enter a number above 0 and at most 2 for “Clustering threshold δ”.",
    noiseSd: "Enter a number from 0 to 10 for “Noise”, not 11.",
    noiseDraws: "Enter a whole number from 1 to 64 for “Draws of the noise”, not 1.5.",
    "metrics.deletion.steps": "Enter a whole number from 1 to 1000 for “Steps”, not 2.5.",
    "metrics.saco.groups": "“many” is not a number. Enter a whole number from 2 to 100 for “Groups”.",
  });
  // Numbers that JSON or GraphQL would make something else of.
  for (const delta of ["1e999", "-1e999", "0"]) expect(problemsOf({ ...defaults, delta })).toHaveProperty("delta");
  expect(problemsOf({ ...defaults, seed: "3000000000" })).toHaveProperty("seed");
  const boxes = [{ left: "0", top: "0", right: "1e999", bottom: "4" }];
  expect(problemsOf({ ...defaults, metrics: { pointingGame: {} }, boxes })).toHaveProperty("boxes");
});

/** The outermost numbers that a range takes, and some that it does not. */
function edges({ from, to, above, whole }: Range) {
  const least = above ? from + 1e-6 : from;
  return { taken: [least, to], refused: [above ? from : from - 1e-6, to + (whole ? 1 : 1e-6), ...(whole ? [from + 0.5] : [])] };
}

test.each(options.filter(({ range }) => range))(
  "the form and the API take the same numbers for $name",
  ({ name, methods, range }) => {
    const { taken, refused } = edges(range!);
    for (const value of taken) {
      expect(problemsOf({ ...defaults, method: methods[0]!, [name]: String(value) })).toEqual({});
      completeMethod(methods[0]!, { [name]: value }, 0.1);
    }
    for (const value of refused) {
      expect(problemsOf({ ...defaults, method: methods[0]!, [name]: String(value) })).toHaveProperty(name);
      expect(() => completeMethod(methods[0]!, { [name]: value }, 0.1)).toThrow(`Expected \`${name}\``);
    }
  },
);

const ofMetrics = metrics.flatMap(({ name, options }) => options.map((option) => ({ metric: name, ...choiceOf(option) })));

test.each(ofMetrics.filter(({ range }) => range))("and for $name of $metric", ({ metric, name, range }) => {
  const asked = (value: number) => ({
    metrics: { [metric]: { [name]: String(value) } },
    boxes: [{ left: "0", top: "0", right: "4", bottom: "4" }],
  });
  const complete = (value: number) => {
    const input = { width: 224, height: 224, resize: { fit: "stretch" } } as never;
    const given = inputOf({ ...defaults, ...asked(value) }).metrics;
    return completeMetrics(given, { width: 300, height: 300 } as never, input, "VIT_CX");
  };
  const { taken, refused } = edges(range!);
  for (const value of taken) {
    expect(problemsOf({ ...defaults, ...asked(value) })).toEqual({});
    complete(value);
  }
  for (const value of refused) {
    expect(problemsOf({ ...defaults, ...asked(value) })).toHaveProperty([`metrics.${metric}.${name}`]);
    expect(() => complete(value)).toThrow(`Expected \`metrics.${metric}.${name}\``);
  }
});

test("an error of the API calls fields as the form does", () => {
  expect(inWords("Expected `metrics.faithfulnessCorrelation.subsetSize` to be less than the model's 10 × 10 pixels.")).toBe(
    "Expected “Pixels in a set” to be less than the model's 10 × 10 pixels.",
  );
  expect(inWords("The method OCCLUSION has no option `noiseSd`; ask `elsewhere`.")).toBe(
    "The method OCCLUSION has no option “Noise”; ask `elsewhere`.",
  );
});

test("the class that was asked for is asked for again, unless it is the most probable one", () => {
  const labels = ["tropical_fish", "crane", "crane"];
  const again = (target: number | null) =>
    settingsOf({
      model: { id: "m", labels },
      method: "VIT_CX",
      seed: 0,
      options: {},
      metricsAsked: [],
      boxes: [],
      target: target === null ? null : { index: target, label: labels[target] },
      predictions: [{ index: 1, label: "crane" }],
    } as never).target;
  expect([again(1), again(null), again(0), again(2)]).toEqual(["", "", "tropical fish", "2"]);
});

test("another explanation's settings ask the same again", () => {
  const explanation = {
    model: { id: "emoji-vit" },
    method: "VIT_CX",
    seed: 3,
    options: { delta: 0.1, noiseSd: 0.1, noiseDraws: 1, masks: "ALL", corrected: false, count: null, window: null },
    metricsAsked: [
      { about: { name: "faithfulnessCorrelation" }, options: { canvas: "ZERO", runs: 50, subsetSize: 224, seed: 1 } },
      { about: { name: "energyInside" }, options: {} },
    ],
    boxes: [{ left: 0, top: 1.25, right: 10, bottom: 20 }],
  };
  expect(inputOf(settingsOf(explanation as never))).toEqual({
    model: "emoji-vit",
    method: "VIT_CX",
    target: null,
    seed: 3,
    options: { delta: 0.1, noiseSd: 0.1, noiseDraws: 1, masks: "ALL", corrected: false },
    metrics: {
      faithfulnessCorrelation: { canvas: "ZERO", runs: 50, subsetSize: 224, seed: 1 },
      energyInside: true,
      boxes: [{ left: 0, top: 1.3, right: 10, bottom: 20 }],
    },
  });
});

test("a box is drawn in any direction, in whole pixels, and never beyond the photograph", () => {
  const box = boxBetween({ x: 0.5, y: 1.2 }, { x: -0.1, y: 0.251 }, 200, 100);
  expect(box).toEqual({ left: "0", top: "25", right: "100", bottom: "100" });
  expect(isDrawn(box, 200, 100)).toBe(true);
  expect(isDrawn(boxBetween({ x: 0.5, y: 0.5 }, { x: 0.505, y: 0.9 }, 200, 100), 200, 100)).toBe(false);
});

test.each([
  ["IMAGE_UNREADABLE", "The image cannot be read.", "image"],
  ["UPLOAD_UNKNOWN", "There is no upload.", "image"],
  ["MODEL_UNKNOWN", "There is no model.", "model"],
  ["CLASS_UNKNOWN", "No class.", "target"],
  ["BAD_USER_INPUT", "Expected `noiseSd` to be a number from 0 to 10, got 11.", "noiseSd"],
  ["BAD_USER_INPUT", "Expected `count` to be an integer from 1 to 8000, got 0.", "count"],
  ["BAD_USER_INPUT", "Expected `metrics.faithfulnessCorrelation.seed` to be an integer.", "metrics.faithfulnessCorrelation.seed"],
  ["BAD_USER_INPUT", "Expected a box within the image's 10 × 10 pixels with left < right and top < bottom.", "boxes"],
  ["UNREACHABLE", "The server cannot be reached.", undefined],
])("an error with %s is shown beside its field", (code, message, field) => {
  expect(fieldOf(code, message)).toBe(field);
});
