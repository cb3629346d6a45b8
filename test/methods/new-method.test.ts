import { printSchema } from "graphql";
import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { defineMethod, type MethodDescriptor } from "../../lib/methods/method.ts";
import { methods } from "../../lib/methods/registry.ts";
import { drain } from "../../lib/steps/steps.ts";

/** Everything that a new method needs, as it would stand in a file of lib/methods. */
const toyMethod = defineMethod({
  name: "TOY_STRIPES",
  title: "Toy stripes",
  kind: "other",
  citation: "Nobody: A toy. Nowhere 2026.",
  description: "Stripes of one width, whatever the image.",
  reading: "A toy: bright is every other stripe.",
  activity: "drawing stripes",
  unit: "stripes",
  options: z.object({
    stripes: z.int().min(2).max(9).default(4).meta({ title: "Stripes", description: "How many stripes there are." }),
  }),
  needs: "probabilities",
  everyClass: true,
  tensors: { scores: "per-class" },
  cost: ({ stripes }) => ({ variants: stripes, passesPerVariant: 1, rows: stripes }),
  async *explain({ classifier, image }) {
    const { probabilities } = await classifier.classify(image);
    yield { stage: "classified", probabilities };
    const extent = { height: classifier.height, width: classifier.width };
    const scores = { shape: [0, classifier.classes], data: new Float32Array(0) };
    return { extent, probabilities, tensors: { scores } };
  },
  saliencyOf: (_, { height, width }, { stripes }) => ({
    shape: [height, width],
    data: Float64Array.from({ length: height * width }, (_, i) => Math.floor(((i % width) * stripes) / width) % 2),
  }),
});

// Before anything else is loaded that reads the registry.
beforeAll(() => void (methods as unknown as MethodDescriptor[]).push(toyMethod));

test("GraphQL has its input, its enum value, its options and its description, from which the page builds its form", async () => {
  const { schema } = await import("../../schema/schema.ts");
  const printed = printSchema(schema);
  expect(printed).toMatch(/toyStripes: ToyStripesInput/);
  expect(printed).toMatch(
    /input ToyStripesInput \{\s+"""How many stripes there are. An integer from 2 to 9. Default: 4."""\s+stripes: Int/,
  );
  expect(printed).toMatch(/enum Method \{[^}]* TOY_STRIPES\s/);
  const { methods: told } = await import("../web/methods.ts");
  expect(told.at(-1)).toMatchObject({
    name: "TOY_STRIPES",
    field: "toyStripes",
    title: "Toy stripes",
    options: [{ name: "stripes", title: "Stripes", type: "INTEGER", default: 4, minimum: 2, maximum: 9 }],
  });
});

test("requests have it with its default and range, the cost bound counts it, and the lists of methods name it", async () => {
  const { completeMethod } = await import("../../lib/explanation/request/method-config.ts");
  const { mostPasses } = await import("../../lib/explanation/request/cost.ts");
  const { parseMethods } = await import("../../lib/explanation/request/parse-method.ts");
  const complete = (given: Readonly<Record<string, unknown>>) => completeMethod("TOY_STRIPES" as never, given, { delta: 0.1 });
  expect(complete({})).toEqual({ method: "TOY_STRIPES", options: { stripes: 4 } });
  expect(() => complete({ stripes: 10 })).toThrow("Expected `stripes` to be an integer from 2 to 9, got 10.");
  const model = { input: { height: 8, width: 8 }, labels: ["a"], embedding: {} } as never;
  expect(mostPasses(complete({ stripes: 7 }), undefined, model)).toBe(1 + 7);
  expect(parseMethods("all").map(({ text }) => text)).toContain("toy-stripes");
  expect(parseMethods("toy-stripes:stripes=3")[0]).toMatchObject({ method: "TOY_STRIPES", options: { stripes: 3 } });
});

test("the command line lists it, and has its option with range and default", async () => {
  const { Command } = await import("commander");
  const { define } = await import("../../cli/explain.ts");
  const command = new Command("explain");
  define(command);
  let help = "";
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  expect(help).toContain("toy-stripes");
  expect(help).toMatch(/--stripes <[^>]+>[\s\S]{0,200}from 2 to 9/);
});

test("docs/methods.md has a section of it", async () => {
  const { methodsPage } = await import("../../docs/reference/methods-page.ts");
  const page = methodsPage();
  expect(page).toContain("| [Toy stripes](#toy-stripes) | `toy-stripes` |");
  expect(page).toContain("| `stripes` | an integer from 2 to 9 | `4` | How many stripes there are. |");
});

test("it explains, with its options as used", async () => {
  const { explainAlone } = await import("../../lib/explanation/run/explain-alone.ts");
  const { scriptedClassifier } = await import("../explanation/scripted-classifier.ts");
  const { submission } = await import("../explanation/requests.ts");
  const { readCatalog } = await import("../../lib/vit/catalog/catalog.ts");
  const catalog = await readCatalog([new URL("../../models", import.meta.url).pathname]);
  const given = { ...(await submission()), method: "TOY_STRIPES" as never, options: { stripes: 2 } };
  const files = await drain(explainAlone(catalog, async () => scriptedClassifier(), given));
  const summary = files.find(({ name }) => name === "explanation.json")!;
  expect(JSON.parse(new TextDecoder().decode(summary.bytes))).toMatchObject({ method: "TOY_STRIPES", options: { stripes: 2 } });
});

test("a method without its computation is a type error", () => {
  const { explain: _, ...rest } = toyMethod;
  // @ts-expect-error: explain is missing
  defineMethod(rest);
});
