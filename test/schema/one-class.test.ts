import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { decodeNpy } from "../../lib/tensor/npy.ts";
import { openClassifier } from "../../lib/vit/runtime/onnx-classifier.ts";
import { startService } from "./service.ts";

const photo = new URL("../../models/emoji-vit/examples/camera-cat.png", import.meta.url);

async function explained(method: object) {
  const service = await startService();
  const id = await service.submit(await readFile(photo), { target: "camera", method });
  await using classifier = await openClassifier(service.deps.catalog.default, { threads: 1 });
  await service.work({ openClassifier: async () => classifier });
  expect(service.errors).toEqual([]);
  return { ...service, ask: (fields: string) => service.ask(`{ explanation(id: "${id}") { status ${fields} } }`) };
}

test("A method that explains one class a run says so where another is wanted, and names the one to ask for", async () => {
  const { ask } = await explained({ gradCam: true });
  const { data, errors } = await ask(
    'camera: saliencyMap(target: "camera") { isSigned } cat: saliencyMap(target: "cat") { raw }',
  );
  expect(data.explanation).toMatchObject({ status: "SUCCEEDED", camera: { isSigned: false }, cat: null });
  expect(errors).toMatchObject([
    {
      message: 'Grad-CAM explains one class a run, here "camera"; ask again with the target "cat".',
      extensions: { code: "CLASS_NOT_EXPLAINED" },
    },
  ]);
});

test("A map with a sign has 0.5 where nothing is, and one of its ends", async () => {
  const { ask, download } = await explained({ attnLrp: true });
  const { data } = await ask("saliencyMap { isSigned raw }");
  expect(data.explanation.saliencyMap.isSigned).toBe(true);
  const map = decodeNpy(await download(data.explanation.saliencyMap.raw)).data;
  const [low, high] = [Math.min(...map), Math.max(...map)];
  expect(Math.max(high - 0.5, 0.5 - low)).toBeCloseTo(0.5, 6);
  expect(low).toBeLessThan(0.5);
});
