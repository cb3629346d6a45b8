import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { decodeNpy } from "../../lib/tensor/npy.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import { openClassifier } from "../../lib/vit/runtime/onnx-classifier.ts";
import { startService } from "./service.ts";

const examples = new URL("../../models/emoji-vit/examples/", import.meta.url);

test("The repository's model sees the camera and the cat, and shows where each is", async () => {
  const service = await startService();
  const photo = await readFile(new URL("camera-cat.png", examples));
  const id = await service.submit(photo, { target: "camera" });
  await using classifier = await openClassifier(service.deps.catalog.default, { threads: 2 });
  await service.work({ openClassifier: async () => classifier });
  expect(service.errors).toEqual([]);

  const { data } = await service.ask(
    `{ explanation(id: "${id}") { status predictions(first: 2) { label } camera: saliencyMap { raw } cat: saliencyMap(target: "cat") { raw } } }`,
  );
  const { status, predictions } = data.explanation;
  expect(status).toBe("SUCCEEDED");
  expect(predictions.map(({ label }: { label: string }) => label).toSorted()).toEqual(["camera", "cat"]);

  for (const { label, box } of await boxesOf("camera-cat.png")) {
    const [x, y] = peak(decodeNpy(await service.download(data.explanation[label].raw)));
    const [left, top, right, bottom] = box;
    expect(x).toBeGreaterThanOrEqual(left);
    expect(x).toBeLessThan(right);
    expect(y).toBeGreaterThanOrEqual(top);
    expect(y).toBeLessThan(bottom);
  }
});

/** Where each thing of an example lies: left, top, right, bottom. */
async function boxesOf(name: string) {
  const boxes = JSON.parse(await readFile(new URL("boxes.json", examples), "utf8"));
  return boxes[name] as { readonly label: "camera" | "cat"; readonly box: readonly [number, number, number, number] }[];
}

/** The place of the largest value, [x, y]. */
function peak({ shape, data }: Tensor): [number, number] {
  const index = data.indexOf(Math.max(...data));
  return [index % shape[1]!, Math.floor(index / shape[1]!)];
}
