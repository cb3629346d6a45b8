import { graphql } from "graphql";
import { expect, test } from "vitest";
import { schema } from "../../schema/schema.ts";
import { completeMetrics } from "../../lib/explanation/request/metrics.ts";
import { completeMethod } from "../../lib/explanation/request/method-config.ts";
import type { Method } from "../../web/api/operations.ts";
import { boxBetween, isDrawn } from "../../web/ask/boxes.ts";
import { fieldOf, inWords as wordsBy, problemsOf as problemsBy } from "../../web/ask/errors.ts";
import { choiceOf, type Range } from "../../web/ask/options.ts";
import type { MetricForm } from "../../web/ask/metrics.ts";
import { defaults, inputOf as inputBy, type Settings, settingsOf } from "../../web/ask/settings.ts";
import type { MethodDescription } from "../../web/methods.ts";
import { methodNamed, methods } from "./methods.ts";

/** As the page is told of them. */
const source = `{ metrics {
  name title description needs
  options { name title description type default minimum maximum isAbove unit values { value description } }
} }`;
const metrics = (await graphql({ schema, source, contextValue: {} })).data!["metrics"] as MetricForm[];
const inputOf = (settings: Settings, method: MethodDescription) => inputBy(metrics, settings, method);
const problemsOf = (settings: Settings, method: MethodDescription) => problemsBy(metrics, settings, method);
const inWords = (message: string, method: MethodDescription | undefined) => wordsBy(metrics, message, method);
const vitCx = methodNamed("VIT_CX");

test("what is left empty is left to the server", () => {
  expect(inputOf(defaults, methods[0]!)).toEqual({ model: null, method: { vitCx: {} }, target: null, metrics: null });
});

test("what is filled in is sent as numbers, choices and a trimmed class", () => {
  const settings: Settings = {
    ...defaults,
    target: " tropical fish ",
    options: { VIT_CX: { delta: "0,2", noiseSd: "0", noiseDraws: " ", masks: "RANDOM", corrected: "false", seed: "7" } },
    metrics: { deletion: {}, insertion: { canvas: "BLACK", steps: " 12 " }, sparseness: {} },
    // Of no metric that is asked for.
    boxes: [{ left: "1", top: "2", right: "3", bottom: "4" }],
  };
  expect(inputOf(settings, vitCx)).toEqual({
    model: null,
    target: "tropical fish",
    method: { vitCx: { delta: 0.2, noiseSd: 0, masks: "RANDOM", corrected: false, seed: 7 } },
    metrics: { deletion: {}, insertion: { canvas: "BLACK", steps: 12 }, sparseness: true },
  });
});

test("each method is sent with its own options, and true where it has none", () => {
  const options = { VIT_CX: { seed: "7" }, RISE: { seed: "8", numMasks: "500" } };
  const sent = (method: Method) => inputOf({ ...defaults, method, options }, methodNamed(method)).method;
  expect(sent("RISE")).toEqual({ rise: { seed: 8, numMasks: 500 } });
  expect(sent("OCCLUSION")).toEqual({ occlusion: {} });
  expect(sent("SCORE_CAM")).toEqual({ scoreCam: true });
});

test("a choice begins with its default, or with the model's where that has one", () => {
  const option = (change: object) => ({ ...vitCx.options.find(({ name }) => name === "masks")!, ...change });
  const names = (change: object) => choiceOf(option(change)).values!.map(([name]) => name);
  expect(names({})).toEqual(["MERGED", "ALL", "RANDOM"]);
  expect(names({ default: "ALL" })).toEqual(["ALL", "MERGED", "RANDOM"]);
  expect(names({ default: null })).toEqual(["", "MERGED", "ALL", "RANDOM"]);
  expect(names({ type: "BOOLEAN", default: false })).toEqual(["false", "true"]);
  const delta = vitCx.options.find(({ name }) => name === "delta")!;
  expect(choiceOf(delta, { delta: 0.05 }).fallback).toBe("0.05, the model's");
  expect(choiceOf(delta).fallback).toBe("the model's");
});

test("boxes are sent with the metrics that need them, and missed where there are none", () => {
  const settings: Settings = { ...defaults, metrics: { pointingGame: {} } };
  expect(Object.keys(problemsOf(settings, vitCx))).toEqual(["boxes"]);
  const boxes = [{ left: "1", top: "2.5", right: "30", bottom: "40" }];
  expect(problemsOf({ ...settings, boxes }, vitCx)).toEqual({});
  expect(inputOf({ ...settings, boxes }, vitCx).metrics).toEqual({
    pointingGame: {},
    boxes: [{ left: 1, top: 2.5, right: 30, bottom: 40 }],
  });
  expect(Object.keys(problemsOf({ ...settings, boxes: [{ ...boxes[0]!, top: "" }] }, vitCx))).toEqual(["boxes"]);
});

test("what no field takes is told with its label and its range, before anything is sent", () => {
  const metrics = { deletion: { steps: "2.5" }, saco: { groups: "many" } };
  const given = (texts: Readonly<Record<string, string>>) => ({
    ...defaults,
    options: { VIT_CX: texts, OCCLUSION: { window: "?" } },
  });
  const settings = { ...given({ delta: "a tenth", noiseSd: "11", noiseDraws: "1.5" }), metrics };
  expect(problemsOf(settings, vitCx)).toEqual({
    "options.delta": "“a tenth” is not a number. Enter a number above 0 and at most 2 for “Clustering threshold δ”.",
    "options.noiseSd": "Enter a number from 0 to 10 for “Noise”, not 11.",
    "options.noiseDraws": "Enter a whole number from 1 to 64 for “Draws of the noise”, not 1.5.",
    "metrics.deletion.steps": "Enter a whole number from 1 to 1000 for “Steps”, not 2.5.",
    "metrics.saco.groups": "“many” is not a number. Enter a whole number from 2 to 100 for “Groups”.",
  });
  // Numbers that JSON or GraphQL would make something else of.
  for (const delta of ["1e999", "-1e999", "0"]) expect(problemsOf(given({ delta }), vitCx)).toHaveProperty(["options.delta"]);
  expect(problemsOf(given({ seed: "3000000000" }), vitCx)).toHaveProperty(["options.seed"]);
  const boxes = [{ left: "0", top: "0", right: "1e999", bottom: "4" }];
  expect(problemsOf({ ...defaults, metrics: { pointingGame: {} }, boxes }, vitCx)).toHaveProperty("boxes");
});

/** The outermost numbers that a range takes, and some that it does not. */
function edges({ from, to, above, whole }: Range) {
  const least = above ? from + 1e-6 : from;
  return { taken: [least, to], refused: [above ? from : from - 1e-6, to + (whole ? 1 : 1e-6), ...(whole ? [from + 0.5] : [])] };
}

const ofMethods = methods.flatMap((method) => method.options.map((option) => ({ method, option, name: method.name })));

test.each(ofMethods.filter(({ option }) => choiceOf(option).range))(
  "the form and the API take the same numbers for $option.name of $name",
  ({ method, option, name }) => {
    const { taken, refused } = edges(choiceOf(option).range!);
    const problems = (value: number) =>
      problemsOf({ ...defaults, options: { [name]: { [option.name]: String(value) } } }, method);
    const complete = (value: number) => completeMethod(name, { [option.name]: value }, { delta: 0.1 });
    for (const value of taken) {
      expect(problems(value)).toEqual({});
      complete(value);
    }
    for (const value of refused) {
      expect(problems(value)).toHaveProperty([`options.${option.name}`]);
      expect(() => complete(value)).toThrow(`Expected \`${option.name}\``);
    }
  },
);

const ofMetrics = metrics.flatMap(({ name, options }) =>
  options.map((option) => ({ metric: name, name: option.name, ...choiceOf(option) })),
);

test.each(ofMetrics.filter(({ range }) => range))("and for $name of $metric", ({ metric, name, range }) => {
  const asked = (value: number) => ({
    metrics: { [metric]: { [name]: String(value) } },
    boxes: [{ left: "0", top: "0", right: "4", bottom: "4" }],
  });
  const complete = (value: number) => {
    const input = { width: 224, height: 224, resize: { fit: "stretch" } } as never;
    const given = inputOf({ ...defaults, ...asked(value) }, vitCx).metrics;
    return completeMetrics(given, { width: 300, height: 300 }, input, "VIT_CX");
  };
  const { taken, refused } = edges(range!);
  for (const value of taken) {
    expect(problemsOf({ ...defaults, ...asked(value) }, vitCx)).toEqual({});
    complete(value);
  }
  for (const value of refused) {
    expect(problemsOf({ ...defaults, ...asked(value) }, vitCx)).toHaveProperty([`metrics.${metric}.${name}`]);
    expect(() => complete(value)).toThrow(`Expected \`metrics.${metric}.${name}\``);
  }
});

test("an error of the API calls fields as the form does", () => {
  expect(
    inWords("Expected `metrics.faithfulnessCorrelation.subsetSize` to be less than the model's 10 × 10 pixels.", vitCx),
  ).toBe("Expected “Pixels in a set” to be less than the model's 10 × 10 pixels.");
  const message = "Expected `noiseSd` to be a number from 0 to 10; ask `elsewhere`.";
  expect(inWords(message, vitCx)).toBe("Expected “Noise” to be a number from 0 to 10; ask `elsewhere`.");
  expect(inWords(message, undefined)).toBe(message);
});

test("the class that was asked for is asked for again, unless it is the most probable one", () => {
  const labels = ["tropical_fish", "crane", "crane"];
  const again = (target: number | null, other?: number) =>
    settingsOf(
      {
        model: { id: "m", labels },
        method: "VIT_CX",
        optionValues: [],
        metricsAsked: [],
        boxes: [],
        target: target === null ? null : { index: target, label: labels[target] },
        predictions: [{ index: 1, label: "crane" }],
      } as never,
      other,
    ).target;
  expect([again(1), again(null), again(0), again(2)]).toEqual(["", "", "tropical fish", "2"]);
  // And another one in its place.
  expect([again(0, 1), again(1, 0), again(null, 9)]).toEqual(["1", "tropical fish", "9"]);
});

test("another explanation's settings ask the same again", () => {
  const explanation = {
    model: { id: "emoji-vit" },
    method: "VIT_CX",
    optionValues: [
      { name: "delta", value: 0.1 },
      { name: "noiseDraws", value: 1 },
      { name: "masks", value: "ALL" },
      { name: "corrected", value: false },
      { name: "seed", value: 3 },
    ],
    metricsAsked: [
      { about: { name: "faithfulnessCorrelation" }, options: { canvas: "ZERO", runs: 50, subsetSize: 224, seed: 1 } },
      { about: { name: "energyInside" }, options: {} },
    ],
    boxes: [{ left: 0, top: 1.25, right: 10, bottom: 20 }],
  };
  expect(settingsOf(explanation as never).method).toBe("VIT_CX");
  expect(inputOf(settingsOf(explanation as never), vitCx)).toEqual({
    model: "emoji-vit",
    method: { vitCx: { delta: 0.1, noiseDraws: 1, masks: "ALL", corrected: false, seed: 3 } },
    target: null,
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
  ["BAD_USER_INPUT", "Expected `noiseSd` to be a number from 0 to 10, got 11.", "options.noiseSd"],
  ["BAD_USER_INPUT", 'Variable "$input" got invalid value 1e99 at "input.method.vitCx.seed".', "options.seed"],
  ["BAD_USER_INPUT", "This may take 90 passes of the model for all masks, and at most 80 are allowed.", undefined],
  ["METHOD_UNKNOWN", "The server has no method.", "method"],
  ["BAD_USER_INPUT", "Expected `metrics.faithfulnessCorrelation.seed` to be an integer.", "metrics.faithfulnessCorrelation.seed"],
  ["BAD_USER_INPUT", "Expected a box within the image's 10 × 10 pixels with left < right and top < bottom.", "boxes"],
  ["UNREACHABLE", "The server cannot be reached.", undefined],
])("an error with %s is shown beside its field", (code, message, field) => {
  expect(fieldOf(code, message, vitCx)).toBe(field);
});
