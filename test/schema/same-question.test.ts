import { expect, test } from "vitest";
import { keys } from "../../lib/explanation/keys.ts";
import { sha256 } from "../../lib/explanation/request/request.ts";
import { picture, type Service, startService } from "./service.ts";

async function listed({ ask }: Service): Promise<string[]> {
  const { data } = await ask("{ explanations { edges { node { id } } } }");
  return data.explanations.edges.map(({ node }: { node: { id: string } }) => node.id);
}

/** Does all jobs that the queue holds. */
async function workAll(service: Service): Promise<void> {
  while ((await service.messages()).length > 0) await service.work();
}

test("The same request asked again is the same explanation, computed once", async () => {
  const service = await startService();
  const id = await service.submit();
  expect(await service.submit()).toBe(id);
  expect(await service.messages()).toEqual([id]);
  await workAll(service);
  expect(await service.submit(undefined, { method: { vitCx: { seed: 0, noiseSd: 0.1 } }, model: "emoji-vit" })).toBe(id);
  await workAll(service);
  expect(service.classifier.calls).toEqual({ classify: 1, probe: 6 });
  expect(await listed(service)).toEqual([id]);
});

test("The same request asked ten times at once is one explanation, computed once", async () => {
  const service = await startService();
  const ids = await Promise.all(Array.from({ length: 10 }, () => service.submit()));
  expect(new Set(ids).size).toBe(1);
  await workAll(service);
  expect(service.classifier.calls).toEqual({ classify: 1, probe: 6 });
  expect(service.errors).toEqual([]);
  expect(await listed(service)).toEqual([ids[0]]);
});

test("Another seed is another explanation with another map", async () => {
  const service = await startService();
  const one = await service.submit(undefined, { method: { vitCx: { seed: 1 } }, target: "cat" });
  const two = await service.submit(undefined, { method: { vitCx: { seed: 2 } }, target: "cat" });
  expect(two).not.toBe(one);
  await workAll(service);
  expect(await digestOf(service, one, "saliency-map.npy")).not.toBe(await digestOf(service, two, "saliency-map.npy"));
  expect(await listed(service)).toEqual([two, one]);
});

test("The same seed gives the same bytes on another machine", async () => {
  const results = [];
  for (const service of [await startService(), await startService()]) {
    const id = await service.submit(await picture(), { method: { vitCx: { seed: 5 } } });
    await workAll(service);
    const names = ["saliency-map.npy", "masks.npy", "scores.npy", "overlay.png"];
    results.push(await Promise.all(names.map((name) => digestOf(service, id, name))));
  }
  expect(results[1]).toEqual(results[0]);
});

async function digestOf({ deps }: Service, id: string, name: string): Promise<string> {
  return sha256((await deps.store.get(keys.file(id, name)))!.bytes);
}
