import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeModel } from "../../lib/onnx/model.ts";
import { addModel } from "../../lib/vit/catalog/add.ts";
import { findModel } from "../../lib/vit/catalog/model-source.ts";
import { verifyModel } from "../../lib/vit/catalog/verify.ts";
import { readCatalog } from "../../lib/vit/catalog/catalog.ts";
import { openClassifier } from "../../lib/vit/runtime/onnx-classifier.ts";
import { deitB, shapedModel, vitB } from "../vit/shaped-models.ts";
import { shapedSwin, swinB } from "../vit/shaped-swin.ts";

/**
 * `npx tsx test/bench/families.ts`: for models of the shape of ViT-B/16, DeiT-B distilled and Swin-B, with random weights, what it
 * takes to add them and to explain a picture. Each step is a process of its own, so that its memory can be told.
 */
const shapes = { "vit-b": () => shapedModel(vitB), "deit-b": () => shapedModel(deitB), "swin-b": () => shapedSwin(swinB) };
const picture = fileURLToPath(new URL("../../models/emoji-vit/examples/camera-cat.png", import.meta.url));
const [step, name, folder] = process.argv.slice(2) as [string | undefined, keyof typeof shapes, string];

const facts = {
  labels: Array.from({ length: 1000 }, (_, i) => `class ${i}`),
  mean: [0.5, 0.5, 0.5] as [number, number, number],
  sd: [0.5, 0.5, 0.5] as [number, number, number],
};

const steps: Readonly<Record<string, () => Promise<object>>> = {
  async write() {
    await writeFile(join(folder, `${name}.onnx`), writeModel(shapes[name]()));
    return { "file MB": megabytes((await stat(join(folder, `${name}.onnx`))).size) };
  },
  async add() {
    const { inspection } = await addModel(join(folder, "models"), await findModel(join(folder, `${name}.onnx`)), facts);
    const { family, embedding } = inspection;
    return { family, embeddings: `${embedding.grid.join("x")}x${embedding.channels}, prefix ${embedding.prefixTokens}` };
  },
  async load() {
    const before = process.resourceUsage().maxRSS;
    const model = (await readCatalog([join(folder, "models")])).get(name);
    const started = performance.now();
    await using classifier = await openClassifier(model);
    const seconds = (performance.now() - started) / 1000;
    return { classes: classifier.classes, "load s": seconds.toFixed(1), "load MB": sinceKilobytes(before) };
  },
  async explain() {
    const before = process.resourceUsage().maxRSS;
    const model = (await readCatalog([join(folder, "models")])).get(name);
    const { maps, masks, seconds, checks } = await verifyModel(model, await readFile(picture));
    const difference = checks[0]!.difference.toExponential(1);
    return { D: maps, K: masks, "explain s": seconds.toFixed(1), "peak MB": sinceKilobytes(before), probe: difference };
  },
};

if (step) {
  console.log(JSON.stringify(await steps[step]!()));
} else {
  for (const shape of Object.keys(shapes)) {
    const work = await mkdtemp(join(tmpdir(), "vitcx-families-"));
    try {
      const told = Object.keys(steps).map((each) => inProcess(each, shape, work));
      console.log(JSON.stringify({ shape, ...Object.assign({}, ...told) }));
    } finally {
      await rm(work, { recursive: true });
    }
  }
}

function inProcess(each: string, shape: string, work: string): object {
  const args = ["--import", "tsx", fileURLToPath(import.meta.url), each, shape, work];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as object;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}

/** What the process's peak has grown by. */
function sinceKilobytes(before: number): number {
  return megabytes((process.resourceUsage().maxRSS - before) * 1024);
}
