import { expect, test } from "vitest";
import { z } from "zod";
import { completeOptions } from "../../lib/options/complete.ts";
import { camelCase, describeOptions, hyphenated, rangeText } from "../../lib/options/describe.ts";

const schema = z.object({
  delta: z.number().gt(0).max(2).meta({ title: "Threshold", description: "Depends on the model." }),
  draws: z.int().min(1).max(64).default(1).meta({ title: "Draws", description: "How many.", unit: "draws" }),
  masks: z
    .enum(["merged", "all"])
    .default("merged")
    .meta({ title: "Masks", description: "Which.", valueDescriptions: { merged: "One a cluster.", all: "Each." } }),
  corrected: z.boolean().default(true).meta({ title: "Corrected", description: "Whether." }),
});
const owner = "The method X";

test("an option's type, default, bounds, unit and values are those of its schema", () => {
  const [delta, draws, masks, corrected] = describeOptions(schema);
  expect(delta).toMatchObject({ name: "delta", type: "number", default: null, minimum: 0, maximum: 2, isAbove: true });
  expect(draws).toMatchObject({ type: "integer", default: 1, minimum: 1, maximum: 64, isAbove: false, unit: "draws" });
  expect(masks).toMatchObject({ type: "enum", default: "merged", minimum: null });
  expect(masks!.values).toEqual([
    { value: "merged", description: "One a cluster." },
    { value: "all", description: "Each." },
  ]);
  expect(corrected).toMatchObject({ type: "boolean", default: true });
  expect([delta, draws, masks, corrected].map((option) => rangeText(option!))).toEqual([
    "a number above 0 and at most 2",
    "an integer from 1 to 64",
    '"merged" or "all"',
    "true or false",
  ]);
});

test.each([
  ["no title", z.object({ a: z.boolean().describe("d") })],
  ["no bounds", z.object({ a: z.number().meta({ title: "t", description: "d" }) })],
  ["a type that no form has", z.object({ a: z.string().meta({ title: "t", description: "d" }) })],
])("an option with %s is refused", (_, broken) => {
  expect(() => describeOptions(broken)).toThrow(/^The option a has/);
});

test("what is left out is the default, or the model's", () => {
  const ofModel = { delta: 0.1 };
  expect(completeOptions(schema, {}, { owner, ofModel })).toEqual({ delta: 0.1, draws: 1, masks: "merged", corrected: true });
  const given = { delta: 0.2, draws: null, masks: "all", corrected: undefined };
  expect(completeOptions(schema, given, { owner, ofModel })).toEqual({ delta: 0.2, draws: 1, masks: "all", corrected: true });
});

test.each([
  [{ draws: 0 }, "Expected `a.draws` to be an integer from 1 to 64, got 0."],
  [{ draws: 1.5 }, "Expected `a.draws` to be an integer from 1 to 64, got 1.5."],
  [{ delta: 0 }, "Expected `a.delta` to be a number above 0 and at most 2, got 0."],
  [{ delta: NaN }, "Expected `a.delta` to be a number above 0 and at most 2, got NaN."],
  [{ masks: "none" }, 'Expected `a.masks` to be "merged" or "all", got none.'],
  [{ corrected: "yes" }, "Expected `a.corrected` to be true or false, got yes."],
  [{ noise: 1 }, "The method X has no option `noise`; it has `delta`, `draws`, `masks`, `corrected`."],
])("%o is refused in one sentence", (given, message) => {
  expect(() => completeOptions(schema, given, { owner, path: "a.", ofModel: { delta: 0.1 } })).toThrow(message);
});

test("names change between requests and the command line", () => {
  expect(hyphenated("noiseDraws")).toBe("noise-draws");
  expect(camelCase("noise-draws")).toBe("noiseDraws");
});
