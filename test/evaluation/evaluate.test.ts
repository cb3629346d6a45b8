import { expect, test } from "vitest";
import type { Explainer } from "../../lib/evaluation/ask.ts";
import { evaluate, tasksOf } from "../../lib/evaluation/evaluate.ts";
import type { Row } from "../../lib/evaluation/row.ts";
import { methodSpecs } from "../../lib/explanation/spec.ts";

/** What is asked for two images, and what is written of the answers. */
async function rowsOf(methods: string) {
  const asked: unknown[] = [];
  const rows: Row[] = [];
  const explainer: Explainer = {
    models: ["tiny"],
    concurrency: 1,
    async ask({ spec }) {
      asked.push(spec.options);
      const target = { index: 0, label: "crab", probability: 1 };
      return { id: "x", target, masks: 0, seconds: 0, measured: [], picture: async () => new Uint8Array() };
    },
  };
  const subjects = ["a.png", "b.png"].map((name) => ({ name, file: "models/emoji-vit/examples/crab.png" }));
  const onLine = async (line: unknown) => void rows.push(line as Row);
  await evaluate(tasksOf(["tiny"], subjects, methodSpecs(methods)), { explainer, metrics: {}, onLine });
  return { asked, rows };
}

test("Every image has dice of its own, the same ones for all methods and whenever it is asked about", async () => {
  const { asked, rows } = await rowsOf("random,vit-cx:masks=random");
  const [ofA, , ofB] = rows.map(({ seed }) => seed!);
  expect(ofA).not.toBe(ofB);
  expect(asked).toEqual([{ seed: ofA }, { seed: ofA, masks: "random" }, { seed: ofB }, { seed: ofB, masks: "random" }]);
  expect(rows.map(({ method }) => method)).toEqual(["random", "vit-cx:masks=random", "random", "vit-cx:masks=random"]);
  expect((await rowsOf("random,vit-cx:masks=random")).asked).toEqual(asked);
});

test("A seed that is asked for is everybody's, and who draws nothing has none", async () => {
  const { asked, rows } = await rowsOf("random:seed=3,occlusion");
  expect(asked).toEqual([{ seed: 3 }, {}, { seed: 3 }, {}]);
  expect(rows.map(({ seed }) => seed)).toEqual([3, undefined, 3, undefined]);
});
