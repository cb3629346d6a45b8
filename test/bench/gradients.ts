import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bindMethod } from "../../lib/methods/bind.ts";
import { methods } from "../../lib/methods/registry.ts";
import { writeModel } from "../../lib/onnx/model.ts";
import { drain } from "../../lib/steps/steps.ts";
import { addModel } from "../../lib/vit/catalog/add.ts";
import { readCatalog } from "../../lib/vit/catalog/catalog.ts";
import { findModel } from "../../lib/vit/catalog/model-source.ts";
import { openClassifier } from "../../lib/vit/runtime/onnx-classifier.ts";
import { hasReference, reference } from "../real/reference.ts";
import { shapedModel, vitB } from "../vit/shaped-models.ts";

/**
 * `npm run bench:gradients`: how many times as long as a pass of the model the gradient with respect to the image takes, both in
 * turns, for a model of the shape of ViT-Ti/16 (and the ImageNet one, where VITCX_REFERENCE names it); and the peak memory of a process
 * that computes Integrated Gradients of a model of the shape of ViT-B/16, batch by batch. Variables: VITCX_ROUNDS (default 41) and
 * VITCX_STEPS of Integrated Gradients (default 8).
 */
const shapes = { "vit-ti": { ...vitB, width: 192, heads: 3 }, "vit-b": vitB };
const rounds = Number(process.env["VITCX_ROUNDS"] ?? 41);
const [step, name, folder] = process.argv.slice(2) as [string | undefined, string, string];

const facts = {
  labels: Array.from({ length: 1000 }, (_, i) => `class ${i}`),
  mean: [0.5, 0.5, 0.5] as [number, number, number],
  sd: [0.5, 0.5, 0.5] as [number, number, number],
};
const image = { shape: [3, 224, 224], data: Float32Array.from({ length: 3 * 224 * 224 }, (_, i) => Math.sin(i / 100)) };

const steps: Readonly<Record<string, () => Promise<object>>> = {
  async add() {
    await writeFile(join(folder, `${name}.onnx`), writeModel(shapedModel(shapes[name as keyof typeof shapes])));
    await addModel(join(folder, "models"), await findModel(join(folder, `${name}.onnx`)), facts);
    return {};
  },
  async cost() {
    await using classifier = await openClassifier((await readCatalog([join(folder, "models")])).get(name));
    const told: Record<string, string> = {};
    for (const count of [1, classifier.batchSize]) {
      const images = { shape: [count, ...image.shape], data: repeated(image.data, count) };
      const grid = (value: number) => ({ shape: [count, 1, 1], data: new Float32Array(count).fill(value) });
      const fill = { shape: [1, ...image.shape], data: new Float32Array(image.data.length) };
      const runs = {
        forward: () => classifier.probe({ image, keep: grid(1), gate: grid(0), fill }),
        both: () => classifier.differentiate!(images, 0, ["image-gradient"]),
      };
      const taken = { forward: [] as number[], both: [] as number[] };
      for (let round = -3; round < rounds; round++) {
        for (const each of ["forward", "both"] as const) {
          const started = performance.now();
          await runs[each]();
          if (round >= 0) taken[each].push(performance.now() - started);
        }
      }
      const [forward, both] = [median(taken.forward), median(taken.both)];
      told[`batch of ${count}, ms`] = `${both.toFixed(1)} / ${forward.toFixed(1)} = ${(both / forward).toFixed(2)}`;
    }
    return told;
  },
  async memory() {
    await using classifier = await openClassifier((await readCatalog([join(folder, "models")])).get(name));
    const options = methods
      .find((method) => method.name === "INTEGRATED_GRADIENTS")!
      .options.parse({ steps: Number(process.env["VITCX_STEPS"] ?? 8) });
    const started = performance.now();
    await drain(bindMethod({ method: "INTEGRATED_GRADIENTS", options }).explain(classifier, image, () => 0));
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    return { "peak MB": await peak(), "IG s": seconds, "batch size": classifier.batchSize };
  },
};

if (step) {
  console.log(JSON.stringify(await steps[step]!()));
} else {
  const work = await mkdtemp(join(tmpdir(), "vitcx-gradients-"));
  try {
    for (const shape of Object.keys(shapes)) inProcess("add", shape, work);
    report("ViT-Ti/16, random weights", inProcess("cost", "vit-ti", work));
    if (hasReference) report("ViT-Ti/16, ImageNet", inProcess("cost", "vit-tiny-patch16-224", reference));
    report("ViT-B/16, random weights", inProcess("memory", "vit-b", work));
  } finally {
    await rm(work, { recursive: true });
  }
}

function inProcess(each: string, shape: string, work: string): object {
  const args = ["--import", "tsx", fileURLToPath(import.meta.url), each, shape, work];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as object;
}

function report(model: string, told: object): void {
  console.log(JSON.stringify({ model, ...told }));
}

function repeated(data: Float32Array, count: number): Float32Array {
  return Float32Array.from({ length: count * data.length }, (_, i) => data[i % data.length]!);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** The most memory that this process has held, in 10⁶ bytes. */
async function peak(): Promise<number> {
  const status = await readFile("/proc/self/status", "utf8");
  return Math.round((Number(/VmHWM:\s+(\d+) kB/.exec(status)![1]) * 1024) / 1e6);
}
