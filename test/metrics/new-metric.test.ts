import { graphql, printSchema } from "graphql";
import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { defineMetric, type MetricDescriptor } from "../../lib/metrics/metric.ts";
import { metrics } from "../../lib/metrics/registry.ts";
import type { MetricForm } from "../../web/ask/metrics.ts";

/** Everything that a new metric needs, as it would stand in a file of lib/metrics. */
const toyMetric = defineMetric({
  name: "TOY_SHARE",
  title: "Toy share",
  description: "The share of the pixels above a level, as seen several times; 0 to 1.",
  citation: "Nobody: A toy. Nowhere 2026.",
  higherIsBetter: false,
  options: z.object({
    looks: z.int().min(1).max(9).default(4).meta({ title: "Looks", description: "How many times it looks.", unit: "looks" }),
  }),
  needs: null,
  byDefault: true,
  passes: ({ looks }) => looks,
  async *compute({ saliency: { data }, options: { looks } }) {
    for (let done = 1; done <= looks; done++) yield { done, total: looks };
    return { value: data.filter((value) => value > 0.5).length / data.length };
  },
});

// Before anything else is loaded that reads the registry.
beforeAll(() => void (metrics as unknown as MetricDescriptor[]).push(toyMetric));

const toyKey = "toyShare";

test("GraphQL has its input, its enum value, its options as used and its description, and the page's form has them from there", async () => {
  const { schema } = await import("../../schema/schema.ts");
  const printed = printSchema(schema);
  expect(printed).toContain("toyShare: ToyShareInput");
  expect(printed).toMatch(
    /input ToyShareInput \{\s+"""How many times it looks. An integer from 1 to 9, in looks. Default: 4."""\s+looks: Int/,
  );
  expect(printed).toMatch(/enum Metric \{[^}]* TOY_SHARE\s/);
  const fields =
    "metric name title description citation higherIsBetter needs options { name title description type default minimum maximum isAbove unit values { value description } }";
  const { data } = await graphql({ schema, source: `{ metrics { ${fields} } }`, contextValue: {} });
  expect((data!["metrics"] as object[]).at(-1)).toMatchObject({
    metric: "TOY_SHARE",
    name: toyKey,
    title: "Toy share",
    description: toyMetric.description,
    citation: toyMetric.citation,
    higherIsBetter: false,
    needs: null,
    options: [{ name: "looks", title: "Looks", type: "INTEGER", default: 4, minimum: 1, maximum: 9, unit: "looks" }],
  });
  const { metricsOf } = await import("../../web/ask/metrics.ts");
  const { choiceOf } = await import("../../web/ask/options.ts");
  const form = metricsOf(data!["metrics"] as MetricForm[], undefined).at(-1)!;
  const choice = { label: "Looks", hint: "How many times it looks.", fallback: "4" };
  expect(form.options.map((option) => choiceOf(option))).toEqual([
    { ...choice, range: { from: 1, to: 9, whole: true, unit: "looks" } },
  ]);
  const { askedMetrics } = await import("../../schema/options/asked-metric.ts");
  expect(askedMetrics({ [toyKey]: { looks: 7 } } as object)).toMatchObject([{ metric: "TOY_SHARE", options: { looks: 7 } }]);
});

test("requests have it, with its default and its range", async () => {
  const { completeMetrics } = await import("../../lib/explanation/request/metrics.ts");
  const { manifest } = await emojiVit();
  const complete = (given: object) => completeMetrics(given, image, manifest.input, "VIT_CX");
  expect(complete({ [toyKey]: {} })).toEqual({ [toyKey]: { looks: 4 } });
  expect(() => complete({ [toyKey]: { looks: 10 } })).toThrow(
    "Expected `metrics.toyShare.looks` to be an integer from 1 to 9, got 10.",
  );
});

test("the cost bound counts its passes", async () => {
  const { mostPasses } = await import("../../lib/explanation/request/cost.ts");
  const { completeMethod } = await import("../../lib/explanation/request/method-config.ts");
  const { manifest } = await emojiVit();
  const config = completeMethod("RANDOM", {}, { delta: 0.1 });
  expect(mostPasses(config, { [toyKey]: { looks: 7 } } as object, manifest)).toBe(1 + 7);
});

test("the command line parses and lists it, and an evaluation measures it by default", async () => {
  const { parseMetrics } = await import("../../lib/explanation/request/parse-method.ts");
  const { defaultMetricsHelp, metricsHelp } = await import("../../lib/explanation/request/metrics-help.ts");
  expect(parseMetrics("toy-share:looks=3")).toEqual({ [toyKey]: { looks: 3 } });
  expect(metricsHelp()).toContain(", toy-share;");
  expect(defaultMetricsHelp()).toContain("toy-share, and pointing-game");
});

test("it is measured, and metrics.json and the report know its direction", async () => {
  const { explainAlone } = await import("../../lib/explanation/run/explain-alone.ts");
  const { metricTitle } = await import("../../lib/evaluation/report/names.ts");
  const { scriptedClassifier } = await import("../explanation/scripted-classifier.ts");
  const { submission } = await import("../explanation/requests.ts");
  const { finish } = await import("./finish.ts");
  const { catalog } = await emojiVit();
  const request = { ...(await submission()), method: "RANDOM" as const, metrics: { [toyKey]: {} } };
  const files = await finish(explainAlone(catalog, async () => scriptedClassifier(), request));
  const file = files.find(({ name }) => name === "metrics.json")!;
  const { asked, measured } = JSON.parse(new TextDecoder().decode(file.bytes));
  expect(asked).toEqual({ toyShare: { looks: 4 } });
  expect(measured).toEqual([{ metric: "TOY_SHARE", value: expect.closeTo(0.5, 1), moreIsBetter: false }]);
  expect(metricTitle("TOY_SHARE" as never)).toBe("Toy share ↓");
});

test("docs/metrics.md has a section of it", async () => {
  const { metricsPage } = await import("../../docs/reference/metrics-page.ts");
  const page = metricsPage();
  expect(page).toContain("| [Toy share](#toy-share) | `toy-share` | lower |");
  expect(page).toContain("| `looks` | an integer from 1 to 9, in looks | `4` | How many times it looks. |");
});

test("a metric without its computation is a type error", () => {
  const { compute: _, ...rest } = toyMetric;
  // @ts-expect-error: compute is missing
  defineMetric(rest);
});

const image = { format: "png", width: 64, height: 64, bytes: 1, sha256: "" };

async function emojiVit() {
  const { readCatalog } = await import("../../lib/vit/catalog/catalog.ts");
  const catalog = await readCatalog([new URL("../../models", import.meta.url).pathname]);
  return { catalog, manifest: catalog.default.manifest };
}
