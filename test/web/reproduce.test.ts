import { parse } from "graphql";
import { expect, test } from "vitest";
import { reproducingCurl, reproducingQuery } from "../../web/explanation/reproduce.ts";
import type { Explanation } from "../../web/explanation/use-explanation.ts";

const options = { delta: 0.1, masks: "MERGED", corrected: true, window: null };
const asked = {
  method: "VIT_CX",
  model: { id: "emoji-vit" },
  seed: 3,
  options,
  metricsAsked: [
    { about: { name: "deletion" }, options: { canvas: "ZERO", steps: 8 } },
    { about: { name: "sparseness" }, options: {} },
    { about: { name: "energyInside" }, options: {} },
  ],
  boxes: [{ left: 1, top: 2, right: 30.5, bottom: 40 }],
} as unknown as Explanation;

test("the request asks for the same map, measured in the same way", () => {
  const query = reproducingQuery(asked, 2);
  expect(() => parse(query)).not.toThrow();
  const plain = query.replaceAll(/\s+/g, " ");
  expect(plain).toContain('model: "emoji-vit" target: "2" method: VIT_CX seed: 3');
  expect(plain).toContain("options: { corrected: true delta: 0.1 masks: MERGED }");
  expect(plain).toContain("deletion: { canvas: ZERO, steps: 8 } sparseness: true energyInside: true");
  expect(plain).toContain("boxes: [{ bottom: 40, left: 1, right: 30.5, top: 2 }]");
  const bare = reproducingQuery({ ...asked, method: "RANDOM", metricsAsked: [], boxes: [] } as unknown as Explanation, 2);
  expect(bare).not.toContain("metrics");
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
