import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gaussianNoise } from "../../lib/causal-impact-score/noise.ts";
import { explainAlone } from "../../lib/explanation/run/explain-alone.ts";
import { type EventKind, lastKnown } from "../../lib/explanation/log/events.ts";
import type { Classifier } from "../../lib/classifier/classifier.ts";
import { type Catalog, readCatalog } from "../../lib/vit/catalog/catalog.ts";
import { openClassifier } from "../../lib/vit/runtime/onnx-classifier.ts";

/**
 * `npm run bench`: where the time of an explanation goes, in milliseconds, and the share of it that is not forward passes; medians
 * of several runs after one to warm up. Variables: VITCX_RUNS, VITCX_THREADS, VITCX_BATCH; VITCX_REFERENCE names a folder with
 * models and images of one's own.
 */
const { VITCX_RUNS, VITCX_THREADS, VITCX_BATCH, VITCX_REFERENCE } = process.env;
const runs = Number(VITCX_RUNS ?? 5);
const own = fileURLToPath(new URL("../../models", import.meta.url));
await bench(own, join(own, "emoji-vit", "examples"), /^(crab|camera-cat|key-octopus)\.png$/);
if (VITCX_REFERENCE) await bench(join(VITCX_REFERENCE, "models"), join(VITCX_REFERENCE, "images"), /\.(jpe?g|png)$/);

async function bench(models: string, images: string, wanted: RegExp): Promise<void> {
  const catalog = await readCatalog([models]);
  const classifier = await openClassifier(catalog.default, {
    ...(VITCX_THREADS && { threads: Number(VITCX_THREADS) }),
    ...(VITCX_BATCH && { batchSize: Number(VITCX_BATCH) }),
  });
  console.log(`\n${catalog.default.manifest.id}, batches of ${classifier.batchSize}`);
  for (const name of (await readdir(images)).filter((file) => wanted.test(file))) {
    const image = await readFile(join(images, name));
    const measured: Measured[] = [];
    for (let run = 0; run <= runs; run++) measured.push(await measure(catalog, classifier, image));
    measured.shift();
    const stages = Object.keys(measured[0]!) as (keyof Measured)[];
    const line = stages.map((stage) => `${stage} ${median(measured.map((run) => run[stage])).toFixed(1)}`).join(" | ");
    const shares = measured.map(({ total, ...run }) => (100 * (total - run["first pass"] - run.passes)) / total);
    console.log(`  ${name}: ${line}\n    not forward passes: ${median(shares).toFixed(1)} %`);
  }
  await classifier[Symbol.asyncDispose]();
}

type Measured = Record<
  "masks" | "total" | "decode, preprocess" | "first pass" | "cluster" | "noise" | "passes" | "partial maps" | "map, files",
  number
>;

async function measure(catalog: Catalog, classifier: Classifier, image: Uint8Array): Promise<Measured> {
  const passes = { classify: 0, probe: 0 };
  const timed: Classifier = {
    ...pick(classifier),
    classify: (input) =>
      clocked(
        (ms) => (passes.classify += ms),
        () => classifier.classify(input),
      ),
    probe: (variants) =>
      clocked(
        (ms) => (passes.probe += ms),
        () => classifier.probe(variants),
      ),
  };
  const begun = performance.now();
  const at: { [kind in EventKind]?: number } = {};
  const steps = explainAlone(catalog, async () => timed, { owner: "bench", method: "VIT_CX", image });
  let masks = 0;
  let step = await steps.next();
  for (; !step.done; step = await steps.next()) {
    at[lastKnown(step.value).kind] = performance.now() - begun;
    masks = step.value.latest.CLUSTERED?.clusterSizes.length ?? 0;
  }
  const total = performance.now() - begun;
  const noise = noiseTime(masks, classifier);
  return {
    masks,
    total,
    "decode, preprocess": at.CLASSIFIED! - passes.classify,
    "first pass": passes.classify,
    cluster: at.CLUSTERED! - at.CLASSIFIED!,
    noise,
    passes: passes.probe,
    "partial maps": at.SCORED! - at.CLUSTERED! - passes.probe - noise,
    "map, files": total - at.SCORED!,
  };
}

/** The same noise once more, alone. */
function noiseTime(masks: number, { height, width }: Classifier): number {
  const noiseOf = gaussianNoise(0, 0.1);
  const into = new Float32Array(3 * height * width);
  const begun = performance.now();
  for (let k = 0; k < masks; k++) noiseOf(k, into, 0);
  return performance.now() - begun;
}

async function clocked<Result>(add: (ms: number) => void, ask: () => Promise<Result>): Promise<Result> {
  const begun = performance.now();
  const result = await ask();
  add(performance.now() - begun);
  return result;
}

function pick({ height, width, classes, batchSize }: Classifier) {
  return { height, width, classes, batchSize };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
