import { parse, validate } from "graphql";
import { expect, test } from "vitest";
import { schema } from "../../schema/schema.ts";
import { reproducingCurl, reproducingQuery } from "../../web/explanation/export/reproduce.ts";
import type { Explanation } from "../../web/explanation/use-explanation.ts";
import { methodNamed } from "./methods.ts";

const optionValues = [
  { name: "delta", value: 0.1 },
  { name: "masks", value: "MERGED" },
  { name: "corrected", value: true },
  { name: "seed", value: 3 },
];
const asked = {
  method: "VIT_CX",
  model: { id: "emoji-vit" },
  optionValues,
  metricsAsked: [
    { about: { name: "deletion" }, options: { canvas: "ZERO", steps: 8 } },
    { about: { name: "sparseness" }, options: {} },
    { about: { name: "energyInside" }, options: {} },
  ],
  boxes: [{ left: 1, top: 2, right: 30.5, bottom: 40 }],
} as unknown as Explanation;

test("the request asks for the same map, measured in the same way", () => {
  const query = reproducingQuery(asked, methodNamed("VIT_CX"), 2);
  expect(validate(schema, parse(query))).toEqual([]);
  const plain = query.replaceAll(/\s+/g, " ");
  expect(plain).toContain('model: "emoji-vit" target: "2" method: { vitCx: {');
  expect(plain).toContain("vitCx: { delta: 0.1 masks: MERGED corrected: true seed: 3 } }");
  expect(plain).toContain("deletion: { canvas: ZERO, steps: 8 } sparseness: true energyInside: true");
  expect(plain).toContain("boxes: [{ bottom: 40, left: 1, right: 30.5, top: 2 }]");
  const bare = { ...asked, method: "SCORE_CAM", optionValues: [], metricsAsked: [], boxes: [] } as unknown as Explanation;
  const short = reproducingQuery(bare, methodNamed("SCORE_CAM"), 2);
  expect(validate(schema, parse(short))).toEqual([]);
  expect(short).toContain("method: { scoreCam: true }\n");
  expect(short).not.toContain("metrics");
});

test("only the values of enums go without quotes", () => {
  const [number, ...others] = methodNamed("VIT_CX").options;
  const text = { ...number!, name: "text" };
  const method = { ...methodNamed("VIT_CX"), options: [text, ...others] };
  const used = { ...asked, optionValues: [{ name: "text", value: 'a "b"' }, ...optionValues.slice(1, 2)] };
  expect(reproducingQuery(used, method, 2)).toContain('{ vitCx: { text: "a \\"b\\"", masks: MERGED } }');
});

test("for a shell it is one command, which a quote does not end", () => {
  const command = reproducingCurl('query { a(b: "it\'s") }', "http://127.0.0.1:4000", "png", true);
  expect(command.split(" \\\n  ")).toEqual([
    "curl http://127.0.0.1:4000/graphql -H 'x-graphql-yoga-csrf: 1'",
    '-H "x-api-key: $KEY"',
    `-F operations='{"query":"query { a(b: \\"it'\\''s\\") }","variables":{"image":null}}'`,
    `-F map='{"image":["variables.image"]}'`,
    "-F image=@photograph.png",
  ]);
});
