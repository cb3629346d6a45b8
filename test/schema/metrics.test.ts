import { expect, onTestFinished, test, vi } from "vitest";
import { bindMethod } from "../../lib/methods/bind.ts";
import { keys } from "../../lib/explanation/keys.ts";
import { preprocess } from "../../lib/image/preprocess.ts";
import { canvasOf } from "../../lib/metrics/canvas.ts";
import { deletion } from "../../lib/metrics/deletion.ts";
import { energyInside } from "../../lib/metrics/energy-inside.ts";
import { sparseness } from "../../lib/metrics/sparseness.ts";
import { holdAtProbe, takeTime, scriptedClassifier } from "../explanation/scripted-classifier.ts";
import { picture, type Service, startService } from "./service.ts";

/** Of the picture of 64 × 48 pixels, and the same in the model's 224 × 224. */
const box = { left: 16, top: 12, right: 48, bottom: 36 };
const inInput = { left: 56, top: 56, right: 168, bottom: 168 };

const all = {
  sparseness: true,
  pointingGame: {},
  energyInside: true,
  localisation: {},
  deletion: { steps: 20 },
  insertion: { steps: 20 },
  saco: {},
  faithfulnessCorrelation: { runs: 10 },
  boxes: [box],
};

const fields = "metrics { metric value moreIsBetter curve { shares probabilities } box { left top right bottom } }";

async function explanation({ ask }: Service, id: string, wanted: string) {
  const { data, errors } = await ask(`query ($id: ID!) { explanation(id: $id) { ${wanted} } }`, { id });
  expect(errors).toBeUndefined();
  return data.explanation;
}

const kindsOf = (events: readonly { readonly __typename: string }[]) =>
  events.map(({ __typename }) => __typename.replace("Event", ""));

test("All metrics are measured one by one after the map, and told of in events, fields and metrics.json", async () => {
  const service = await startService();
  const id = await service.submit(undefined, { target: "bus", metrics: all });
  await service.work();
  expect(service.errors).toEqual([]);
  const found = await explanation(
    service,
    id,
    `status ${fields} timings { mapped measured } files { name url }
     events { __typename ... on MeasuredEvent { measurement { metric value } } }`,
  );
  expect(found.status).toBe("SUCCEEDED");
  const names = found.metrics.map(({ metric }: { metric: string }) => metric);
  expect(names).toEqual([
    "SPARSENESS",
    "POINTING_GAME",
    "ENERGY_INSIDE",
    "LOCALISATION",
    "DELETION",
    "INSERTION",
    "SACO",
    "FAITHFULNESS_CORRELATION",
  ]);
  const kinds = kindsOf(found.events);
  expect(kinds.slice(kinds.indexOf("Mapped"))).toEqual(["Mapped", ...names.map(() => "Measured"), "Succeeded"]);
  const told = found.events.flatMap(({ measurement }: { measurement?: object }) => measurement ?? []);
  expect(found.metrics).toMatchObject(told);
  expect(told).toHaveLength(8);
  expect(found.timings.measured).toBeGreaterThanOrEqual(0);

  const { url } = found.files.find(({ name }: { name: string }) => name === "metrics.json");
  const file = JSON.parse(new TextDecoder().decode(await service.download(url)));
  expect(file).toMatchObject({ id, asked: { deletion: { canvas: "zero", steps: 20 }, boxes: [box] } });
  expect(file.measured).toMatchObject(told);
});

test("They are those of the map as it was computed, in the pixels of the part that the model saw", async () => {
  const service = await startService();
  const id = await service.submit(undefined, { target: "bus", method: { occlusion: {} }, metrics: all });
  await service.work();
  const { metrics } = await explanation(service, id, fields);
  const of = (name: string) => metrics.find(({ metric }: { metric: string }) => metric === name);

  const { input } = service.deps.catalog.default.manifest;
  const [classifier, image] = [scriptedClassifier(), await preprocess(await picture(), input)];
  const method = bindMethod({ method: "OCCLUSION", options: { window: 32, stride: 16 } });
  const evidence = await last(method.explain(classifier, image, () => 27));
  const map = method.saliencyOf(method.evidenceOf(evidence, 27), classifier);
  expect(of("SPARSENESS")).toMatchObject({ value: sparseness(map), moreIsBetter: true, curve: null, box: null });
  expect(of("ENERGY_INSIDE").value).toBe(energyInside(map, [inInput]));
  const subject = { image, canvas: canvasOf("zero", image, input), target: 27 };
  const { areaUnderCurve, shares, probabilities } = await last(deletion(classifier, map, subject, 20));
  expect(of("DELETION")).toMatchObject({ value: areaUnderCurve, moreIsBetter: false, curve: { shares, probabilities } });
  expect(shares).toHaveLength(21);
  for (const edge of Object.values<number>(of("LOCALISATION").box)) expect(edge).toBeLessThanOrEqual(64);
  expect(of("LOCALISATION").box.bottom).toBeLessThanOrEqual(48);
});

test("The map of a run that is asked for the same without metrics is the same", async () => {
  const service = await startService();
  const read = async (id: string) => (await service.deps.store.get(keys.file(id, "saliency-map.npy")))!.bytes;
  const plain = await service.submit();
  const measured = await service.submit(undefined, { metrics: { sparseness: true } });
  expect(measured).not.toBe(plain);
  await service.work();
  await service.work();
  expect(await read(measured)).toEqual(await read(plain));
  const { files, metrics } = await explanation(service, plain, `files { name } ${fields}`);
  expect(metrics).toEqual([]);
  expect(files).not.toContainEqual({ name: "metrics.json" });
});

test("The map can be read before anything is measured, and cancelling then stops the metrics alone", async () => {
  const service = await startService();
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const id = await service.submit(undefined, { metrics: all });
  // ViT-CX asks 6 requests, and deletion, which is the first to ask, 11.
  const held = holdAtProbe(service.classifier, 10);
  takeTime(service.classifier, 50);
  const working = service.work();
  await held.reached;
  const running = await explanation(service, id, `status saliencyMap { raw } ${fields}`);
  expect(running).toMatchObject({ status: "RUNNING", saliencyMap: { raw: expect.any(String) } });
  expect(running.metrics).toHaveLength(4);

  const answer = await service.ask(`mutation { cancelExplanation(id: "${id}") { status progress { fraction } } }`);
  expect(answer).toMatchObject({ data: { cancelExplanation: { status: "SUCCEEDED", progress: { fraction: 1 } } } });
  held.go();
  await working;
  // It looks after requests 7 and 11.
  expect(service.classifier.calls.probe).toBe(11);
  expect(service.errors).toEqual([]);
  expect(await service.messages()).toEqual([]);
  const canceled = await explanation(
    service,
    id,
    `status files { name url } events { __typename } own: saliencyMap { raw } cat: saliencyMap(target: "cat") { overlay } masks { index } ${fields}`,
  );
  expect(canceled).toMatchObject({ status: "SUCCEEDED", own: running.saliencyMap });
  const file = canceled.files.find(({ name }: { name: string }) => name === "metrics.json");
  expect(JSON.parse(new TextDecoder().decode(await service.download(file.url))).measured).toHaveLength(4);
  expect(kindsOf(canceled.events).slice(-3)).toEqual(["Measured", "Measured", "Canceled"]);
  expect(canceled.masks).toHaveLength(6);
  expect(canceled.metrics).toEqual(running.metrics);
  for (const url of [canceled.own.raw, canceled.cat.overlay]) {
    expect((await service.download(url)).length).toBeGreaterThan(0);
  }
});

test("A run that is cancelled while stability computes a further map stops within one batch of it", async () => {
  const service = await startService();
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const id = await service.submit(undefined, { metrics: { stability: { seeds: 9 }, maxSensitivity: {} } });
  // Each map of ViT-CX has 3 batches of 2 requests; this is the first of the second batch of the third.
  const held = holdAtProbe(service.classifier, 15);
  takeTime(service.classifier, 200);
  const working = service.work();
  await held.reached;
  expect((await service.ask(`mutation { cancelExplanation(id: "${id}") { status } }`)).errors).toBeUndefined();
  held.go();
  await working;
  expect(service.classifier.calls.probe).toBe(16);
  expect(service.errors).toEqual([]);
  expect(await explanation(service, id, `status ${fields}`)).toEqual({ status: "SUCCEEDED", metrics: [] });
});

test("Stability and max-sensitivity are measured, and the longer of them told of", async () => {
  const service = await startService();
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  takeTime(service.classifier, 1000);
  const metrics = { stability: { seeds: 2 }, maxSensitivity: { radius: 0.1, samples: 3 } };
  const id = await service.submit(undefined, { method: { vitCx: { seed: 3 } }, metrics });
  await service.work();
  const found = await explanation(
    service,
    id,
    "status metrics { metric value moreIsBetter } events { ... on MeasuringEvent { metric done total } }",
  );
  expect(found.status).toBe("SUCCEEDED");
  expect(found.metrics).toEqual([
    { metric: "STABILITY", value: expect.any(Number), moreIsBetter: true },
    { metric: "MAX_SENSITIVITY", value: expect.any(Number), moreIsBetter: false },
  ]);
  // A map takes 7 requests.
  expect(found.events.filter(({ metric }: { metric?: string }) => metric)).toEqual([
    { metric: "MAX_SENSITIVITY", done: 1, total: 3 },
    { metric: "MAX_SENSITIVITY", done: 2, total: 3 },
  ]);
});

test("Stability is refused of a method without a seed, and nothing is stored", async () => {
  const service = await startService();
  const { errors } = await service.explain(await picture(), { method: { scoreCam: true }, metrics: { stability: {} } });
  expect(errors).toMatchObject([
    { message: /which are VIT_CX, RISE, RANDOM; SCORE_CAM/, extensions: { code: "BAD_USER_INPUT" } },
  ]);
  expect(await service.keys()).toEqual([]);
});

test("A worker that has to stop while it measures gives the work back, and nothing is told of twice", async () => {
  const service = await startService();
  const id = await service.submit(undefined, { metrics: all });
  const stop = new AbortController();
  service.classifier.before = (_, n) => {
    if (n === 10) stop.abort();
  };
  await service.work({ stop: stop.signal });
  expect(service.classifier.calls.probe).toBe(10);
  expect(await explanation(service, id, "status attempts")).toEqual({ status: "QUEUED", attempts: 0 });
  await service.work();
  const { status, metrics } = await explanation(service, id, `status ${fields}`);
  expect([status, metrics.length]).toEqual(["SUCCEEDED", 8]);
});

test("A box outside the image is refused, and nothing is stored", async () => {
  const service = await startService();
  const metrics = { pointingGame: {}, boxes: [{ ...box, right: 65 }] };
  const { errors } = await service.explain(await picture(), { metrics });
  expect(errors).toMatchObject([{ message: /within the image's 64 × 48 pixels/, extensions: { code: "BAD_USER_INPUT" } }]);
  expect(await service.keys()).toEqual([]);
});

async function last<Result>(steps: AsyncGenerator<unknown, Result>): Promise<Result> {
  let step = await steps.next();
  while (!step.done) step = await steps.next();
  return step.value;
}
