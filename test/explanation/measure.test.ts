import { expect, onTestFinished, test, vi } from "vitest";
import { type Mapped, measure } from "../../lib/explanation/run/measure.ts";
import type { Measurement } from "../../lib/explanation/log/events.ts";
import { completeMetrics } from "../../lib/explanation/request/metrics.ts";
import { mapOf } from "../../lib/explanation/run/map-of.ts";
import { completeMethod, reseeded } from "../../lib/explanation/request/method-config.ts";
import type { MethodConfig } from "../../lib/methods/registry.ts";
import type { Preprocessing } from "../../lib/image/preprocess.ts";
import type { Saliency } from "../../lib/metrics/saliency.ts";
import { maxSensitivity } from "../../lib/metrics/max-sensitivity.ts";
import { stability } from "../../lib/metrics/stability.ts";
import { finish } from "../metrics/finish.ts";
import { scriptedClassifier, takeTime } from "./scripted-classifier.ts";

/** The model sees the middle 224 × 224 pixels of a picture of 512 × 256, and these as they are. */
const preprocessing: Preprocessing = {
  width: 224,
  height: 224,
  mean: [0, 0, 0],
  sd: [1, 1, 1],
  resize: { fit: "crop", shortestEdge: 256 },
  interpolation: "bilinear",
};
const image = { format: "png", width: 512, height: 256, bytes: 100, sha256: "0" };
const [left, top] = [144, 16];

/** A map that is 1 in x 100 … 139, y 50 … 69 of the model's input, and 0 elsewhere. */
function mapped(): Mapped {
  const data = Float64Array.from({ length: 224 * 224 }, (_, i) => {
    const [x, y] = [i % 224, Math.floor(i / 224)];
    return x >= 100 && x < 140 && y >= 50 && y < 70 ? 1 : 0;
  });
  const input = { shape: [3, 224, 224], data: new Float32Array(3 * 224 * 224).fill(0.5) };
  const saliency = { shape: [224, 224], data };
  const config = completeMethod("VIT_CX", {}, { delta: 0.1 });
  return { classifier: scriptedClassifier(), input, saliency, target: 0, config, image, preprocessing };
}

async function measured(given: object, change: Partial<Mapped> = {}): Promise<readonly Measurement[]> {
  const found: Measurement[] = [];
  const seen = { ...mapped(), ...change };
  const asked = completeMetrics(given, { ...image, ...seen.image }, seen.preprocessing, "VIT_CX")!;
  for await (const payload of measure(seen, asked)) {
    if (payload?.kind === "MEASURED") found.push(payload.measurement);
  }
  return found;
}

const salient = { left: left + 100, top: top + 50, right: left + 140, bottom: top + 70 };
const metrics = { energyInside: true, localisation: {}, pointingGame: { tolerance: 0 } };

test("Boxes are taken from the picture to the part of it that the model saw, and back", async () => {
  expect(await measured({ ...metrics, boxes: [salient] })).toEqual([
    { metric: "POINTING_GAME", value: 1 },
    { metric: "ENERGY_INSIDE", value: 1 },
    { metric: "LOCALISATION", value: 1, box: salient },
  ]);
  const half = { ...salient, right: left + 120 };
  expect(await measured({ ...metrics, boxes: [half] })).toMatchObject([
    { value: 1 },
    { value: 0.5 },
    { value: 0.5, box: salient },
  ]);
  const beside = { ...salient, left: 0, right: left + 100 };
  expect(await measured({ ...metrics, boxes: [beside] })).toMatchObject([{ value: 0 }, { value: 0 }, { value: 0, box: salient }]);
});

test("How near the pointing game points is measured in the picture, not in what the model saw of it", async () => {
  const large = {
    image: { width: 448, height: 448 },
    preprocessing: { ...preprocessing, resize: { fit: "crop", shortestEdge: 224 } },
  } as const;
  // It ends six pixels before the most salient one, of which each is two of the picture's.
  const box = { left: 0, right: 2 * 95, top: 0, bottom: 448 };
  const hits = async (tolerance: number) => (await measured({ pointingGame: { tolerance }, boxes: [box] }, large))[0]!.value;
  expect([await hits(12), await hits(11.9)]).toEqual([1, 0]);
});

test("A box that the model saw a part of counts as that part alone", async () => {
  const [whole] = await measured({ localisation: {}, boxes: [{ ...salient, left: 0 }] });
  const [part] = await measured({ localisation: {}, boxes: [{ ...salient, left }] });
  expect(whole).toEqual(part);
  expect(part!.value).toBeCloseTo(40 / 140, 9);
});

test("Between two batches of requests the work can be stopped", async () => {
  const steps = measure(mapped(), completeMetrics({ saco: {}, deletion: { steps: 9 } }, image, preprocessing, "VIT_CX")!);
  const happenings: (string | null)[] = [];
  for await (const payload of steps) happenings.push(payload?.kind ?? null);
  // Ten points of the curve and ten groups of pixels, two a batch.
  expect(happenings).toEqual([...Array(5).fill(null), "MEASURED", ...Array(5).fill(null), "MEASURED"]);
});

test("A metric that takes long says how far it is every ten seconds", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const { classifier, ...rest } = mapped();
  const slow: typeof classifier = {
    ...classifier,
    probe: (variants) => {
      vi.advanceTimersByTime(4000);
      return classifier.probe(variants);
    },
  };
  const told: object[] = [];
  for await (const payload of measure(
    { ...rest, classifier: slow },
    completeMetrics({ saco: {} }, image, preprocessing, "VIT_CX")!,
  )) {
    if (payload) told.push(payload);
  }
  expect(told).toMatchObject([{ kind: "MEASURING", metric: "SACO", done: 6, total: 10 }, { kind: "MEASURED" }]);
});

/** An image that the scripted classifier sees something in, and the map of it. */
async function explained(config: MethodConfig): Promise<Mapped> {
  const { input: plain, ...rest } = mapped();
  const input = { ...plain, data: plain.data.map((_, i) => Math.sin(i / 500)) };
  return { ...rest, input, config, saliency: await mapBy(rest.classifier, input, config) };
}

const mapBy = (classifier: Mapped["classifier"], input: Mapped["input"], config: MethodConfig): Promise<Saliency> =>
  finish(mapOf(classifier, input, config, 0));

async function valueOf(found: Mapped, given: object): Promise<Measurement> {
  const asked = completeMetrics(given, image, preprocessing, found.config.method)!;
  for await (const payload of measure(found, asked)) if (payload?.kind === "MEASURED") return payload.measurement;
  throw new Error("Nothing was measured");
}

test.each([
  completeMethod("VIT_CX", { seed: 4, noiseSd: 2 }, { delta: 0.1 }),
  completeMethod("RISE", { seed: 4, count: 20 }, { delta: 0.1 }),
  completeMethod("RANDOM", { seed: 4 }, { delta: 0.1 }),
])("Stability compares the map with those of the next seeds, with the same options: $method", async (config) => {
  const found = await explained(config);
  const others = [5, 6].map((seed) => mapBy(scriptedClassifier(), found.input, reseeded(config, seed)));
  const expected = stability([found.saliency, ...(await Promise.all(others))]);
  expect(await valueOf(found, { stability: {} })).toEqual({ metric: "STABILITY", value: expected });
  expect(expected).toBeLessThan(0.999);
});

test("Max-sensitivity compares the map with those of images beside its own, by the same method", async () => {
  const config = completeMethod("OCCLUSION", { window: 64, stride: 32 }, { delta: 0.1 });
  const found = await explained(config);
  const options = { radius: 0.3, samples: 2, seed: 7 };
  const explain = (near: Mapped["input"]) => mapOf(scriptedClassifier(), near, config, 0);
  const expected = await finish(maxSensitivity(found.saliency, explain, found.input, options));
  expect(await valueOf(found, { maxSensitivity: options })).toEqual({ metric: "MAX_SENSITIVITY", value: expected });
  expect(expected).toBeGreaterThan(0);
});

test("Neither computes again the map that is there, and the work can be stopped between any two batches of a further one", async () => {
  const found = await explained(completeMethod("VIT_CX", {}, { delta: 0.1 }));
  const calls = scriptedClassifier();
  const asked = completeMetrics({ stability: { seeds: 2 }, maxSensitivity: { samples: 1 } }, image, preprocessing, "VIT_CX")!;
  const kinds: (string | null)[] = [];
  for await (const payload of measure({ ...found, classifier: calls }, asked)) kinds.push(payload?.kind ?? null);
  // Of each map the first look at the image, the masks, three batches of them, and the map.
  expect(kinds).toEqual([...Array(6).fill(null), "MEASURED", ...Array(6).fill(null), "MEASURED"]);
  expect(calls.calls.classify).toBe(2);
});

test("A map that takes long is told of while it is computed, in maps", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const found = await explained(completeMethod("VIT_CX", {}, { delta: 0.1 }));
  const slow = scriptedClassifier();
  takeTime(slow, 4000);
  const told: object[] = [];
  const asked = completeMetrics({ stability: { seeds: 3 } }, image, preprocessing, "VIT_CX")!;
  for await (const payload of measure({ ...found, classifier: slow }, asked)) if (payload) told.push(payload);
  const measuring = { kind: "MEASURING", metric: "STABILITY", total: 2 };
  expect(told.slice(0, -1).map((each) => ({ ...each }))).toEqual([
    { ...measuring, done: 0 },
    { ...measuring, done: 0 },
    { ...measuring, done: 1 },
    { ...measuring, done: 1 },
  ]);
});
