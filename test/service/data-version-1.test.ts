import { cp } from "node:fs/promises";
import { expect, test } from "vitest";
import { openPlace } from "./place.ts";

// Written by the first version: two explanations that have ended, of ViT-CX and of RISE, and one that is queued. Files that are
// only shown, the heat map and the overlay, are left out.
const data = new URL("data-version-1", import.meta.url).pathname;
const ended = { vitCx: "khthqmed8003p9a26nyrv1965s", rise: "ztexq3z5nw6m2pyc11q05fvgxw" };
const queued = "489m61e107x4yf7m4gdnt8atsy";

test("a data folder of the first version is read, and what it has queued is done", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  await cp(data, place.folder, { recursive: true });
  const { client } = await place.startService();

  expect((await client.followToEnd(queued)).at(-1)?.kind).toBe("SucceededEvent");
  const { explanations } = await client.ask<{ explanations: { edges: { node: object }[] } }>(
    "{ explanations { edges { node { id status method target { label } } } } }",
  );
  expect(explanations.edges.map(({ node }) => node)).toEqual([
    { id: queued, status: "SUCCEEDED", method: "RISE", target: { label: "mushroom" } },
    { id: ended.rise, status: "SUCCEEDED", method: "RISE", target: { label: "crab" } },
    { id: ended.vitCx, status: "SUCCEEDED", method: "VIT_CX", target: { label: "key" } },
  ]);

  const { explanation } = await client.ask<{ explanation: Record<string, unknown> }>(
    `{ explanation(id: "${ended.vitCx}") {
      predictions(first: 1) { label probability }
      measurements: metrics { metric value }
      masks { clusterSize }
      events { kind: __typename }
      octopus: saliencyMap(target: "octopus") { raw }
    } }`,
  );
  expect(explanation).toMatchObject({
    predictions: [{ label: "key", probability: 0.4948943555355072 }],
    measurements: [{ metric: "SPARSENESS", value: 0.30485120218796363 }],
  });
  expect((explanation as { events: unknown[] }).events).toHaveLength(12);
  const { raw } = explanation.octopus as { raw: string };
  expect((await client.download(raw)).length).toBe(128 + 4 * 224 * 224);

  const options = await client.ask(`{ explanation(id: "${ended.rise}") { options { numMasks gridSize seed } } }`);
  expect(options).toEqual({ explanation: { options: { numMasks: 60, gridSize: 5, seed: 0 } } });
});
