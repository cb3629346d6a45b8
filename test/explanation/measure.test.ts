import { expect, onTestFinished, test, vi } from "vitest";
import { type Mapped, measure } from "../../lib/explanation/measure.ts";
import type { Measurement } from "../../lib/explanation/measurements.ts";
import { completeMetrics } from "../../lib/explanation/metrics-asked.ts";
import type { Preprocessing } from "../../lib/image/preprocess.ts";
import { scriptedClassifier } from "./scripted-classifier.ts";

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
  return { classifier: scriptedClassifier(), input, saliency, target: 0, image, preprocessing };
}

async function measured(given: object): Promise<readonly Measurement[]> {
  const found: Measurement[] = [];
  for await (const happening of measure(mapped(), completeMetrics(given, image, preprocessing)!)) {
    if (happening?.kind === "MEASURED") found.push(happening.measurement);
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

test("A box that the model saw a part of counts as that part alone", async () => {
  const [whole] = await measured({ localisation: {}, boxes: [{ ...salient, left: 0 }] });
  const [part] = await measured({ localisation: {}, boxes: [{ ...salient, left }] });
  expect(whole).toEqual(part);
  expect(part.value).toBeCloseTo(40 / 140, 9);
});

test("Between two batches of questions the work can be stopped", async () => {
  const steps = measure(mapped(), completeMetrics({ saco: {}, deletion: { steps: 9 } }, image, preprocessing)!);
  const happenings: (string | null)[] = [];
  for await (const happening of steps) happenings.push(happening?.kind ?? null);
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
  for await (const happening of measure({ ...rest, classifier: slow }, completeMetrics({ saco: {} }, image, preprocessing)!)) {
    if (happening) told.push(happening);
  }
  expect(told).toMatchObject([{ kind: "MEASURING", metric: "SACO", done: 6, total: 10 }, { kind: "MEASURED" }]);
});
