import { describe, expect, test, vi, onTestFinished } from "vitest";
import { bindMethod } from "../../lib/methods/bind.ts";
import type { MethodConfig } from "../../lib/methods/registry.ts";
import { fieldName } from "../../lib/options/describe.ts";
import { drain } from "../../lib/steps/steps.ts";
import { preprocess } from "../../lib/image/preprocess.ts";
import { normaliseMap } from "../../lib/saliency-map/normalise.ts";
import { decodeNpy } from "../../lib/tensor/npy.ts";
import { holdAtProbe, takeTime, scriptedClassifier } from "../explanation/scripted-classifier.ts";
import { picture, type Service, startService } from "./service.ts";

async function explanation({ ask }: Service, id: string, fields: string) {
  const { data, errors } = await ask(`query ($id: ID!) { explanation(id: $id) { ${fields} } }`, { id });
  expect(errors).toBeUndefined();
  return data.explanation;
}

const hundredMasks = { method: { rise: { numMasks: 100 } } };

interface Case {
  /** In a request. */
  readonly given: object | boolean;
  /** The method that this asks for. */
  readonly config: MethodConfig;
  /** How many variants it scores. */
  readonly total: number;
  /** Of the files of its evidence. */
  readonly files: readonly string[];
}

describe.each<Case>([
  {
    given: { window: 64, stride: 32 },
    config: { method: "OCCLUSION", options: { window: 64, stride: 32 } },
    total: 36,
    files: ["scores.npy", "probabilities.npy"],
  },
  {
    given: { numMasks: 20, gridSize: 5 },
    config: { method: "RISE", options: { numMasks: 20, gridSize: 5, p1: 0.5, seed: 0 } },
    total: 20,
    files: ["scores.npy", "probabilities.npy"],
  },
  {
    given: true,
    config: { method: "SCORE_CAM", options: {} },
    total: 8,
    files: ["masks.npy", "scores.npy", "probabilities.npy"],
  },
  { given: {}, config: { method: "RANDOM", options: { seed: 0 } }, total: 0, files: ["scores.npy", "probabilities.npy"] },
  { given: true, config: { method: "CENTRE_GAUSSIAN", options: {} }, total: 0, files: ["scores.npy", "probabilities.npy"] },
  {
    given: { noiseDraws: 2, masks: "ALL", corrected: false },
    config: {
      method: "VIT_CX",
      options: { delta: 0.1, noiseSd: 0.1, seed: 0, noiseDraws: 2, masks: "all", corrected: false },
    },
    total: 8,
    files: ["masks.npy", "noisy-probabilities.npy"],
  },
])("$config.method", ({ given, config, total, files }) => {
  test("leaves the map of any class, equal to the method's own on the same image", async () => {
    const service = await startService();
    const id = await service.submit(undefined, { method: { [fieldName(config.method)]: given }, target: "bus" });
    await service.work();
    expect(service.errors).toEqual([]);
    const calls = { ...service.classifier.calls };
    const found = await explanation(
      service,
      id,
      `status method progress { done total fraction } target { label } files { name url }
       bus: saliencyMap { raw overlay } cat: saliencyMap(target: "cat") { raw heatmap }`,
    );
    expect(service.classifier.calls).toEqual(calls);
    expect(found).toMatchObject({ status: "SUCCEEDED", method: config.method, target: { label: "bus" } });
    expect(found.progress).toEqual(total === 0 ? { done: null, total: null, fraction: 1 } : { done: total, total, fraction: 1 });
    const names = found.files.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(["saliency-map.npy", "explanation.json", ...files]));
    for (const { url } of found.files) expect((await service.download(url)).length).toBeGreaterThan(0);

    const input = await preprocess(await picture(), service.deps.catalog.default.manifest.input);
    const method = bindMethod(config);
    const evidence = await drain(method.explain(scriptedClassifier(), input, () => 27));
    for (const [label, index] of [
      ["bus", 27],
      ["cat", 2],
    ] as const) {
      const map = normaliseMap(method.saliencyOf(method.evidenceOf(evidence, index), { height: 224, width: 224 }));
      expect(decodeNpy(await service.download(found[label].raw))).toEqual(map);
    }
  });
});

test("A method without clusters has no masks, diagnostics or time of clustering to tell of", async () => {
  const service = await startService();
  const id = await service.submit(undefined, { method: { occlusion: { window: 64, stride: 64 } } });
  await service.work();
  const found = await explanation(
    service,
    id,
    `options { delta masks window stride seed } optionValues { name value } masks { index } diagnostics { scoreMean } timings { classified clustered scored mapped total }
     events { __typename ... on ScoredEvent { total map { width height } } } files { name url }`,
  );
  expect(found.options).toEqual({ delta: null, masks: null, window: 64, stride: 64, seed: null });
  expect(found.optionValues).toEqual([
    { name: "window", value: 64 },
    { name: "stride", value: 64 },
  ]);
  expect(found).toMatchObject({ masks: null, diagnostics: null });
  const { classified, clustered, scored, mapped, total } = found.timings;
  expect(clustered).toBeNull();
  expect(classified + scored + mapped).toBe(total);
  const last = found.events.findLast(({ __typename }: { __typename: string }) => __typename === "ScoredEvent");
  expect(last).toMatchObject({ total: 16, map: { width: 28, height: 28 } });
  const { url } = found.files.find(({ name }: { name: string }) => name === "explanation.json");
  const summary = JSON.parse(new TextDecoder().decode(await service.download(url)));
  expect(summary).toMatchObject({ method: "OCCLUSION", options: { window: 64, stride: 64 }, masks: null, diagnostics: null });
});

test("The options of ViT-CX are told as they were used", async () => {
  const service = await startService();
  const options = { noiseDraws: 2, masks: "RANDOM", corrected: false };
  const found = await explanation(
    service,
    await service.submit(undefined, { method: { vitCx: options } }),
    "options { delta noiseSd noiseDraws masks corrected window numMasks } optionValues { name value }",
  );
  expect(found.options).toEqual({ delta: 0.1, noiseSd: 0.1, ...options, window: null, numMasks: null });
  expect(found.optionValues).toContainEqual({ name: "masks", value: "RANDOM" });
});

describe("Of a method with hundreds of batches", () => {
  test("the log tells of the first and the last, and of one in 200 ms between", async () => {
    const service = await startService();
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    service.classifier.before = () => void vi.advanceTimersByTime(50);
    const id = await service.submit(undefined, hundredMasks);
    await service.work();
    const { events } = await explanation(service, id, "events { __typename ... on ScoredEvent { done total } }");
    const scored = events.filter(({ __typename }: { __typename: string }) => __typename === "ScoredEvent");
    expect(scored.map(({ done }: { done: number }) => done)).toEqual([2, 10, 18, 26, 34, 42, 50, 58, 66, 74, 82, 90, 98, 100]);
  });

  test("however long it takes, the log tells of a hundred and two at most", async () => {
    const service = await startService();
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    service.classifier.before = () => void vi.advanceTimersByTime(1000);
    const id = await service.submit(undefined, { method: { rise: { numMasks: 500 } } });
    await service.work();
    const { events } = await explanation(service, id, "events { __typename ... on ScoredEvent { done total } }");
    const scored = events.filter(({ __typename }: { __typename: string }) => __typename === "ScoredEvent");
    expect(scored.length).toBeLessThanOrEqual(102);
    expect(scored.length).toBeGreaterThan(80);
    expect(scored.at(-1)).toMatchObject({ done: 500, total: 500 });
  });

  test("one that takes very long tells of each ten seconds, so that nobody takes its worker for lost", async () => {
    const service = await startService();
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    service.classifier.before = () => void vi.advanceTimersByTime(5000);
    const id = await service.submit(undefined, { method: { rise: { numMasks: 600 } } });
    await service.work();
    const { events } = await explanation(service, id, "events { __typename ... on ScoredEvent { done } }");
    const scored = events.filter(({ __typename }: { __typename: string }) => __typename === "ScoredEvent");
    // A hundredth is six masks, fifteen seconds.
    expect(scored.slice(0, 4).map(({ done }: { done: number }) => done)).toEqual([2, 6, 10, 14]);
  });

  test("a cancelled one stops within 200 ms", async () => {
    const service = await startService();
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const id = await service.submit(undefined, hundredMasks);
    const held = holdAtProbe(service.classifier, 10);
    takeTime(service.classifier, 50);
    const working = service.work();
    await held.reached;
    await service.ask(`mutation { cancelExplanation(id: "${id}") { status } }`);
    held.go();
    await working;
    // It has looked after batches 2 and 6.
    expect(service.classifier.calls.probe).toBe(10);
    expect((await service.keys()).filter((key) => key.endsWith(".npy"))).toEqual([]);
    expect(service.errors).toEqual([]);
  });

  test("one whose worker has to stop is given back after the batch in hand", async () => {
    const service = await startService();
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const id = await service.submit(undefined, hundredMasks);
    const stop = new AbortController();
    service.classifier.before = (_, n) => {
      vi.advanceTimersByTime(50);
      if (n === 10) stop.abort();
    };
    await service.work({ stop: stop.signal });
    expect(service.classifier.calls.probe).toBe(10);
    expect(await explanation(service, id, "status attempts")).toEqual({ status: "QUEUED", attempts: 0 });
  });
});

test("An option of another method is refused, and nothing is stored", async () => {
  const service = await startService();
  const { errors } = await service.explain(await picture(), { method: { rise: { delta: 0.1 } } });
  expect(errors).toMatchObject([{ message: expect.stringContaining('Field "delta" is not defined by type "RiseInput"') }]);
  expect(await service.keys()).toEqual([]);
});

test("Two methods at once are refused, and one that is false", async () => {
  const service = await startService();
  const both = await service.explain(await picture(), { method: { rise: {}, occlusion: {} } });
  expect(both.errors).toMatchObject([{ message: expect.stringContaining("Exactly one key must be specified") }]);
  const none = await service.explain(await picture(), { method: { scoreCam: false } });
  expect(none.errors).toMatchObject([
    { message: "Expected `method.scoreCam` to be true, got false.", extensions: { code: "BAD_USER_INPUT" } },
  ]);
  expect(await service.keys()).toEqual([]);
});

test("`methods` describes every method and its options, enough to build a form", async () => {
  const service = await startService();
  const { data } = await service.ask(
    `{ methods { name field title kind citation everyClass mostPasses
       options { name type default minimum maximum isAbove unit values { value } description } } }`,
  );
  expect(data.methods.map(({ field }: { field: string }) => field)).toContain("vitCx");
  const rise = data.methods.find(({ name }: { name: string }) => name === "RISE");
  expect(rise).toMatchObject({ title: "RISE", kind: "PAPER", everyClass: true, mostPasses: 4001 });
  expect(rise.options[0]).toMatchObject({ name: "numMasks", type: "INTEGER", default: 4000, minimum: 1, maximum: 8000 });
  const vitCx = data.methods.find(({ name }: { name: string }) => name === "VIT_CX");
  const [delta, , , masks] = vitCx.options;
  expect(delta).toMatchObject({ name: "delta", type: "NUMBER", default: null, minimum: 0, maximum: 2, isAbove: true });
  expect(masks).toMatchObject({
    type: "ENUM",
    default: "MERGED",
    values: [{ value: "MERGED" }, { value: "ALL" }, { value: "RANDOM" }],
  });
});
