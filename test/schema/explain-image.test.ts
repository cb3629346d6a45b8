import { expect, test } from "vitest";
import { sha256 } from "../../lib/explanation/request/request.ts";
import { sharp } from "../../lib/image/sharp.ts";
import { decodeNpy } from "../../lib/tensor/npy.ts";
import { photograph } from "../image/images.ts";
import { explainImage, picture, type Service, startService } from "./service.ts";

const map = "{ target { index label probability } width height raw heatmap overlay }";

async function explanation({ ask }: Service, id: string, fields: string) {
  const { data, errors } = await ask(`query ($id: ID!) { explanation(id: $id) { ${fields} } }`, { id });
  expect(errors).toBeUndefined();
  return data.explanation;
}

test("An image is accepted at once, before anything is computed", async () => {
  const service = await startService();
  const { data } = await service.explain(await picture(), { target: "cat", method: { vitCx: { seed: 7, noiseSd: 0.2 } } });
  expect(data.explainImage).toEqual({ id: expect.stringMatching(/^[0-9a-z]{26}$/), status: "QUEUED" });
  const { id } = data.explainImage;
  expect(service.classifier.calls).toEqual({ classify: 0, probe: 0 });
  expect(await service.messages()).toEqual([id]);

  const fields = `
    status attempts method options { delta noiseSd seed } model { id isDefault } error { code }
    image { format width height bytes sha256 url } progress { done total fraction }
    timings { queued total } predictions { label } target { label } files { name }
    saliencyMap { raw } masks { index } diagnostics { scoreMean } events { __typename sequence }`;
  const { image, ...rest } = await explanation(service, id, fields);
  expect(image).toMatchObject({ format: "png", width: 64, height: 48, bytes: (await picture()).length });
  expect(await service.download(image.url)).toEqual(new Uint8Array(await picture()));
  expect(rest).toEqual({
    status: "QUEUED",
    attempts: 0,
    method: "VIT_CX",
    options: { delta: 0.1, noiseSd: 0.2, seed: 7 },
    model: { id: "emoji-vit", isDefault: true },
    error: null,
    progress: { done: null, total: null, fraction: 0 },
    timings: { queued: null, total: null },
    predictions: [],
    target: null,
    files: [],
    saliencyMap: null,
    masks: null,
    diagnostics: null,
    events: [{ __typename: "QueuedEvent", sequence: 1 }],
  });
});

test("A run leaves the class, the masks with their scores, diagnostics, timings and files", async () => {
  const service = await startService();
  const id = await service.submit();
  await service.work();
  expect(service.errors).toEqual([]);

  const found = await explanation(
    service,
    id,
    `status attempts progress { done total fraction } predictions(first: 100) { index label probability } target { index label probability }
     masks(target: "bus") { index clusterSize score masked whole noisy map { width height values heatmap } }
     diagnostics(target: "bus") { meanSimilarity scoreMean scoreVariance overdetermined coverageMin coverageMax }
     timings { queued classified clustered scored mapped total } files { name url } events { __typename }`,
  );
  expect(found).toMatchObject({ status: "SUCCEEDED", attempts: 1, progress: { done: 6, total: 6, fraction: 1 } });
  expect(found.target).toEqual(found.predictions[0]);
  const probabilities: number[] = found.predictions.map(({ probability }: { probability: number }) => probability);
  expect(probabilities).toHaveLength(40);
  expect(probabilities).toEqual(probabilities.toSorted((a, b) => b - a));
  const bus = found.predictions.find(({ label }: { label: string }) => label === "bus");
  expect(bus.index).toBe(27);

  expect(found.masks.map((mask: { clusterSize: number }) => mask.clusterSize)).toEqual([2, 2, 1, 1, 1, 1]);
  for (const [k, mask] of found.masks.entries()) {
    expect(mask.index).toBe(k);
    expect(mask.whole).toBeCloseTo(bus.probability, 6);
    expect(mask.score).toBeCloseTo(mask.masked + mask.whole - mask.noisy, 6);
    expect(mask.map.values).toHaveLength(mask.map.width * mask.map.height);
    expect(mask.map.heatmap).toMatch(/^data:image\/png;base64,/);
  }
  const scores: number[] = found.masks.map((mask: { score: number }) => mask.score);
  const mean = scores.reduce((sum, score) => sum + score / 6, 0);
  expect(found.diagnostics.scoreMean).toBeCloseTo(mean, 9);
  expect(found.diagnostics.scoreVariance).toBeCloseTo(
    scores.reduce((sum, score) => sum + (score - mean) ** 2 / 6, 0),
    9,
  );
  expect(found.diagnostics).toMatchObject({ overdetermined: false });
  expect(found.diagnostics.coverageMin).toBeLessThan(found.diagnostics.coverageMax);

  const { queued, total, ...stages } = found.timings;
  expect(queued).toBeGreaterThanOrEqual(0);
  expect(Object.values<number>(stages).reduce((sum, each) => sum + each, 0)).toBe(total);
  expect(found.events.map(({ __typename }: { __typename: string }) => __typename)).toEqual([
    "QueuedEvent",
    "StartedEvent",
    "ClassifiedEvent",
    "ClusteredEvent",
    "ScoredEvent",
    "ScoredEvent",
    "ScoredEvent",
    "MappedEvent",
    "SucceededEvent",
  ]);

  const files = new Map<string, string>(found.files.map(({ name, url }: { name: string; url: string }) => [name, url]));
  const tensor = async (name: string) => decodeNpy(await service.download(files.get(name)!));
  expect((await tensor("masks.npy")).shape).toEqual([6, 14, 14]);
  const scoresOfAll = await tensor("scores.npy");
  expect(scoresOfAll.shape).toEqual([6, 40]);
  scores.forEach((score, k) => expect(scoresOfAll.data[k * 40 + bus.index]).toBeCloseTo(score, 6));
  expect((await tensor("probabilities.npy")).data[bus.index]).toBeCloseTo(bus.probability, 6);
  const summary = JSON.parse(new TextDecoder().decode(await service.download(files.get("explanation.json")!)));
  expect(summary).toMatchObject({ id, target: found.target, options: { seed: 0, noiseSd: 0.1, delta: 0.1 } });
  for (const url of files.values()) expect((await service.download(url)).length).toBeGreaterThan(0);
});

test("One run explains every class, by label or index", async () => {
  const service = await startService();
  const id = await service.submit(undefined, { target: "bus" });
  await service.work();
  const calls = { ...service.classifier.calls };
  const found = await explanation(
    service,
    id,
    `own: saliencyMap ${map} label: saliencyMap(target: "bus") ${map} index: saliencyMap(target: "27") ${map}
     predictions(first: 100) { index label probability } cat: saliencyMap(target: "cat") ${map} two: saliencyMap(target: 2) ${map}`,
  );
  expect(service.classifier.calls).toEqual(calls);
  expect(found.own).toMatchObject({ target: { index: 27, label: "bus" }, width: 224, height: 224 });
  expect(found.cat).toMatchObject({ target: { index: 2, label: "cat" } });
  for (const same of ["label", "index"]) {
    for (const file of ["raw", "heatmap", "overlay"]) {
      expect(sha256(await service.download(found[same][file]))).toBe(sha256(await service.download(found.own[file])));
    }
  }
  expect(found.two).toEqual(found.cat);
  expect(found.predictions).toContainEqual(found.cat.target);

  for (const drawn of [found.own, found.cat]) {
    const { shape, data } = decodeNpy(await service.download(drawn.raw));
    expect(shape).toEqual([224, 224]);
    expect([Math.min(...data), Math.max(...data)]).toEqual([0, 1]);
    expect(await sharp(await service.download(drawn.heatmap)).metadata()).toMatchObject({
      format: "png",
      width: 224,
      height: 224,
    });
    // The longer side is at least 448 pixels; the shape is the picture's own, 64 × 48.
    expect(await sharp(await service.download(drawn.overlay)).metadata()).toMatchObject({
      format: "png",
      width: 448,
      height: 336,
    });
  }
  expect(sha256(await service.download(found.cat.raw))).not.toBe(sha256(await service.download(found.own.raw)));
});

test("An explained class that was asked for by label or index has the map that it has from the run of another class", async () => {
  const service = await startService();
  const digests: string[] = [];
  for (const target of ["cat", "2", "bus"]) {
    const id = await service.submit(undefined, { target });
    if ((await service.messages()).length > 0) await service.work();
    const { saliencyMap } = await explanation(service, id, `saliencyMap(target: "cat") ${map}`);
    digests.push(sha256(await service.download(saliencyMap.raw)));
  }
  expect(new Set(digests).size).toBe(1);
});

test("A class that the model does not have is refused, and no other field with it", async () => {
  const service = await startService();
  const id = await service.submit();
  await service.work();
  const { data, errors } = await service.ask(`{ explanation(id: "${id}") { status saliencyMap(target: "unicorn") { raw } } }`);
  expect(data.explanation).toEqual({ status: "SUCCEEDED", saliencyMap: null });
  expect(errors).toMatchObject([{ extensions: { code: "CLASS_UNKNOWN" }, path: ["explanation", "saliencyMap"] }]);
});

test("A small part of a panorama is explained as the model saw it", async () => {
  const service = await startService();
  const id = await service.submit(await photograph(600, 60).jpeg().toBuffer());
  await service.work();
  const { saliencyMap } = await explanation(service, id, `saliencyMap ${map}`);
  expect(await sharp(await service.download(saliencyMap.overlay)).metadata()).toMatchObject({ width: 600, height: 60 });
});

test("An explanation outlives its model: the model is null, and the labels are those that the log has kept", async () => {
  let changed = false;
  const service = await startService({}, ({ catalog }) => {
    const models = catalog.models.map((model) => ({
      ...model,
      digest: "f".repeat(64),
      manifest: { ...model.manifest, labels: ["?"] },
    }));
    return {
      catalog: {
        ...catalog,
        get models() {
          return changed ? models : catalog.models;
        },
      },
    };
  });
  const id = await service.submit(undefined, { target: "bus" });
  await service.work();
  changed = true;
  const found = await explanation(
    service,
    id,
    `model { id } target { label } saliencyMap ${map} cat: saliencyMap(target: "cat") ${map}`,
  );
  expect(found).toMatchObject({ model: null, target: { label: "bus" }, cat: { target: { index: 2, label: "cat" } } });
  expect(decodeNpy(await service.download(found.cat.raw)).shape).toEqual([224, 224]);
});

test("The models that can be asked are listed", async () => {
  const { ask } = await startService();
  const { data } = await ask("{ models { id title licence digest isDefault width height labels delta } }");
  expect(data.models).toMatchObject([{ id: "emoji-vit", isDefault: true, width: 224, height: 224, delta: 0.1 }]);
  expect(data.models[0].labels).toHaveLength(40);
  expect(data.models[0].digest).toMatch(/^[0-9a-f]{64}$/);
});

test("The mutation is a mutation: GET refuses it", async () => {
  const { url, messages } = await startService();
  const query = encodeURIComponent(explainImage);
  const response = await fetch(`${url}?query=${query}`, { headers: { "x-graphql-yoga-csrf": "1" } });
  expect(response.status).toBe(405);
  expect(await messages()).toEqual([]);
});
