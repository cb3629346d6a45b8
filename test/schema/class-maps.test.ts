import { expect, test } from "vitest";
import { type Service, startService } from "./service.ts";

/** A service that notes which objects are read, and how many files of classes are put at a time at most. */
async function watchedService() {
  const read: string[] = [];
  const puts = { now: 0, most: 0 };
  const service = await startService({}, ({ store }) => ({
    store: {
      ...store,
      get: async (key: string, ...unless: [string?]) => {
        read.push(key.slice(key.indexOf("/", "explanations/".length) + 1));
        return store.get(key, ...(unless as []));
      },
      put: async (key, ...rest) => {
        if (!key.includes("/classes/")) return store.put(key, ...rest);
        puts.most = Math.max(puts.most, ++puts.now);
        const etag = await store.put(key, ...rest);
        puts.now--;
        return etag;
      },
    },
  }));
  const id = await service.submit(undefined, { target: "bus" });
  await service.work();
  const readFor = async (fields: string) => {
    read.length = 0;
    const { data, errors } = await service.ask(`{ explanation(id: "${id}") { ${fields} } }`);
    expect(errors).toBeUndefined();
    return { data: data.explanation, read: read.filter((key) => key !== "events.ndjson").toSorted() };
  };
  return { service, id, puts, readFor };
}

const evidence = ["masked-probabilities.npy", "masks.npy", "noisy-probabilities.npy", "probabilities.npy"];

test("The explained class's map is told without reading a file, by whichever name it is asked for", async () => {
  const { readFor } = await watchedService();
  const all = "{ target { index label probability } heatmap overlay raw }";
  const { data, read } = await readFor(`own: saliencyMap ${all} named: saliencyMap(target: "bus") ${all} target { label }`);
  expect(read).toEqual([]);
  expect(data.named).toEqual(data.own);
  expect(data.own.target).toMatchObject({ index: 27, label: "bus" });
});

test("Another class's files are drawn once, from what they need alone", async () => {
  const { readFor } = await watchedService();
  expect((await readFor('saliencyMap(target: "cat") { width target { probability } }')).read).toEqual(["probabilities.npy"]);
  expect((await readFor('saliencyMap(target: "cat") { raw heatmap } masks(target: "cat") { score }')).read).toEqual(evidence);
  const both = 'a: saliencyMap(target: "cat") { overlay } b: saliencyMap(target: "2") { overlay raw }';
  expect((await readFor(both)).read).toEqual(["input.png", ...evidence]);
  expect((await readFor(both)).read).toEqual(["probabilities.npy"]);
});

test("Thirty classes read the picture once, and no more than two of their files are drawn at a time", async () => {
  const { readFor, puts, service } = await watchedService();
  const classes = Array.from({ length: 20 }, (_, i) => `a${i}: saliencyMap(target: ${i}) { heatmap overlay }`);
  const { data, read } = await readFor(classes.join(" "));
  expect(read.filter((key) => key === "input.png")).toHaveLength(1);
  expect(puts).toEqual({ now: 0, most: 2 });
  for (const { overlay } of Object.values<{ overlay: string }>(data))
    expect((await service.download(overlay)).length).toBeGreaterThan(0);
});

test("A picture that could not be fetched is fetched again", async () => {
  let broken = false;
  const service: Service = await startService({}, ({ store }) => ({
    store: {
      ...store,
      get: async (key: string, ...unless: [string?]) => {
        if (broken && key.includes("/input.")) throw new Error("The disk is away");
        return store.get(key, ...(unless as []));
      },
    },
  }));
  const id = await service.submit();
  await service.work();
  const overlay = `{ explanation(id: "${id}") { saliencyMap(target: "cat") { overlay } } }`;
  broken = true;
  expect((await service.ask(overlay)).errors).toMatchObject([{ extensions: { code: "INTERNAL" } }]);
  broken = false;
  expect((await service.ask(overlay)).errors).toBeUndefined();
});
