import { expect, test } from "vitest";
import { keys } from "../../lib/explanation/keys.ts";
import type { ObjectStore } from "../../lib/storage/object-store.ts";
import { holdAtProbe } from "../explanation/scripted-classifier.ts";
import { photograph } from "../image/images.ts";
import { answerOf, picture, type Service, startService } from "./service.ts";

const remove = ({ ask }: Service, id: string) => ask("mutation ($id: ID!) { deleteExplanation(id: $id) }", { id });
const removeMany = async ({ ask }: Service, filter: object, first?: number) =>
  ask(
    "mutation ($filter: ExplanationFilter!, $first: Int) { deleteExplanations(filter: $filter, first: $first) { ids unfinishedIds more } }",
    { filter, ...(first !== undefined && { first }) },
  );
const listed = async ({ ask }: Service, filter?: object) => {
  const query = "query ($filter: ExplanationFilter) { explanations(filter: $filter) { edges { node { id } } damaged { id } } }";
  const { data, errors } = await ask(query, { filter });
  expect(errors).toBeUndefined();
  return data.explanations.edges.map(({ node }: { node: { id: string } }) => node.id) as string[];
};
const seeded = (service: Service, seed: number) => service.submit(undefined, { method: { vitCx: { seed } } });

/** The id of an upload that has been put. */
async function upload({ ask }: Service, bytes: Uint8Array): Promise<string> {
  const { data } = await ask("mutation ($n: Int!) { createUpload(input: { bytes: $n }) { id url method } }", { n: bytes.length });
  const { id, url } = data.createUpload;
  const headers = { "content-type": "application/octet-stream" };
  expect((await fetch(url, { method: "PUT", headers, body: Buffer.from(bytes) })).status).toBe(200);
  return id;
}

async function explainUpload({ ask }: Service, id: string, seed: number): Promise<string> {
  const query = "mutation ($input: ExplainImageInput!) { explainImage(input: $input) { id } }";
  const { data } = await ask(query, { input: { upload: id, method: { vitCx: { seed } } } });
  return data.explainImage.id;
}

test("One that has succeeded is deleted with all that was stored of it, and can be asked for again", async () => {
  const service = await startService();
  const id = await service.submit();
  await service.work();
  // A file of another class lies in a folder of its own.
  expect((await service.ask(`{ explanation(id: "${id}") { saliencyMap(target: 3) { overlay } } }`)).errors).toBeUndefined();
  expect((await service.keys()).length).toBeGreaterThan(10);
  expect((await remove(service, id)).data).toEqual({ deleteExplanation: id });
  expect(await service.keys()).toEqual([]);
  expect(await listed(service)).toEqual([]);
  expect((await service.ask(`{ explanation(id: "${id}") { id } }`)).data).toEqual({ explanation: null });
  expect((await remove(service, id)).errors).toMatchObject([{ extensions: { code: "EXPLANATION_UNKNOWN" } }]);

  expect(await service.submit()).toBe(id);
  await service.work();
  expect((await service.ask(`{ explanation(id: "${id}") { status } }`)).data).toEqual({ explanation: { status: "SUCCEEDED" } });
});

test("One that is queued or running is refused, and stays", async () => {
  const service = await startService();
  const id = await service.submit();
  const refused = { message: /cancel it first/, extensions: { code: "EXPLANATION_UNFINISHED" } };
  expect((await remove(service, id)).errors).toMatchObject([refused]);
  const held = holdAtProbe(service.classifier, 1);
  const working = service.work();
  await held.reached;
  expect((await remove(service, id)).errors).toMatchObject([refused]);
  held.go();
  await working;
  expect((await service.ask(`{ explanation(id: "${id}") { status } }`)).data).toEqual({ explanation: { status: "SUCCEEDED" } });
});

test("One that is cancelled and deleted while a worker is at it leaves nothing, not even its job", async () => {
  const service = await startService();
  const id = await service.submit();
  const held = holdAtProbe(service.classifier, 3);
  const working = service.work();
  await held.reached;
  await service.ask(`mutation { cancelExplanation(id: "${id}") { id } }`);
  expect((await remove(service, id)).data).toEqual({ deleteExplanation: id });
  held.go();
  await working;
  expect(await service.keys()).toEqual([]);
  expect(await service.messages()).toEqual([]);
  expect(service.errors).toEqual([]);
});

test("Nobody deletes what is another's", async () => {
  const service = await startService({ ownerOf: ({ headers }) => ({ name: headers.get("x-owner") ?? "local", limits: {} }) });
  const id = await service.submit();
  await service.work();
  const as = async (query: string) => {
    const headers = { "content-type": "application/json", "x-owner": "ada" };
    return answerOf(await fetch(service.url, { method: "POST", headers, body: JSON.stringify({ query }) }));
  };
  expect((await as(`mutation { deleteExplanation(id: "${id}") }`)).errors).toMatchObject([
    { extensions: { code: "EXPLANATION_UNKNOWN" } },
  ]);
  const all = await as('mutation { deleteExplanations(filter: { createdBefore: "2100-01-01T00:00:00Z" }) { ids more } }');
  expect(all.data).toEqual({ deleteExplanations: { ids: [], more: false } });
  // Neither where its log is damaged, of which no owner can be read.
  await service.deps.store.put(keys.log(id), new TextEncoder().encode("{\n"));
  expect((await as(`mutation { deleteExplanation(id: "${id}") }`)).errors).toMatchObject([
    { extensions: { code: "EXPLANATION_UNKNOWN" } },
  ]);
  expect(await service.keys()).toContain(keys.log(id));
  expect((await remove(service, id)).data).toEqual({ deleteExplanation: id });
  expect(await service.keys()).toEqual([]);
});

test("What was uploaded goes with the last explanation of it, and nothing else that was uploaded", async () => {
  const service = await startService();
  const image = await picture();
  const [mine, other] = [await upload(service, image), await upload(service, await photograph(60, 40).png().toBuffer())];
  const first = await explainUpload(service, mine, 1);
  const second = await explainUpload(service, mine, 2);
  for (const id of [first, second]) await service.ask(`mutation { cancelExplanation(id: "${id}") { id } }`);
  const uploads = async () => (await service.keys()).filter((key) => key.startsWith("uploads/"));
  await remove(service, first);
  expect(await uploads()).toEqual([keys.upload("local", mine), keys.upload("local", other)].toSorted());
  await remove(service, second);
  expect(await uploads()).toEqual([keys.upload("local", other)]);
});

/** A store of which the process dies, as it were, at the removal number `at`, before or after it is done. */
function dying(store: ObjectStore, at: number, isDone: boolean): { store: ObjectStore; live: () => void } {
  let count = 0;
  let isOver = false;
  return {
    live: () => (isOver = true),
    store: {
      ...store,
      async remove(key, ifMatch) {
        if (isOver) return store.remove(key, ifMatch);
        if (++count > at) throw new Error("dead");
        if (count === at && !isDone) throw new Error("dead");
        return store.remove(key, ifMatch);
      },
    },
  };
}

test.each([0, 5, 11, 13, 14, 15])(
  "A deletion that dies at removal %i breaks no list, and is finished by asking again",
  async (at) => {
    for (const again of ["delete", "submit"] as const) {
      let live = () => undefined as unknown;
      const service = await startService({}, ({ store }) => {
        const dead = dying(store, at, at % 2 === 0);
        live = dead.live;
        return { store: dead.store };
      });
      const other = await seeded(service, 7);
      const id = await seeded(service, 1);
      await service.work();
      await service.work();
      const { errors } = await remove(service, id);
      if (at < 12) expect(errors).toMatchObject([{ extensions: { code: "INTERNAL" } }]);
      expect(await listed(service)).toEqual([other]);
      expect((await service.ask(`{ explanation(id: "${id}") { id } }`)).data).toEqual({ explanation: null });
      live();
      if (again === "submit") {
        expect(await seeded(service, 1)).toBe(id);
        await service.work();
        const { data } = await service.ask(`{ explanation(id: "${id}") { status masks { score } } }`);
        expect(data.explanation.status).toBe("SUCCEEDED");
        expect(data.explanation.masks.length).toBeGreaterThan(0);
        expect(await listed(service)).toEqual([id, other]);
      } else {
        const { data, errors: second } = await remove(service, id);
        if (errors) expect(data).toEqual({ deleteExplanation: id });
        else expect(second).toMatchObject([{ extensions: { code: "EXPLANATION_UNKNOWN" } }]);
        expect((await service.keys()).filter((key) => key.includes(id))).toEqual([]);
        expect(await listed(service)).toEqual([other]);
      }
    }
  },
);

test("Deleting at once, many times, and asking again in between ends with one whole explanation or none", async () => {
  const service = await startService();
  const id = await service.submit();
  await service.work();
  for (let round = 0; round < 5; round++) {
    const acts = Array.from({ length: 4 }, (_, i) => (i === 2 ? service.submit() : remove(service, id)));
    const answers = await Promise.all(acts);
    for (const answer of answers) {
      if (typeof answer === "string" || !answer.errors) continue;
      const codes = answer.errors.map(({ extensions }) => extensions?.code);
      expect(["EXPLANATION_UNKNOWN", "EXPLANATION_UNFINISHED"]).toContain(codes[0]);
    }
    expect(service.apiErrors).toEqual([]);
    if ((await listed(service)).length === 0) expect(await service.submit()).toBe(id);
    while ((await service.messages()).length > 0) await service.work();
    const { data } = await service.ask(`{ explanation(id: "${id}") { status masks { score } } }`);
    expect(data.explanation.status).toBe("SUCCEEDED");
    expect(data.explanation.masks.length).toBeGreaterThan(0);
  }
});

test("Many are deleted by a filter, as the list has it; those that are worked on stay", async () => {
  const service = await startService();
  const [a, b] = [await seeded(service, 1), await seeded(service, 2)];
  await service.work();
  await service.work();
  const waiting = await seeded(service, 3);
  const random = await service.submit(undefined, { method: { random: {} } });
  await service.ask(`mutation { cancelExplanation(id: "${random}") { id } }`);
  const broken = await seeded(service, 4);
  await service.deps.store.put(keys.log(broken), new TextEncoder().encode("{\n"));

  expect(await listed(service, { status: ["SUCCEEDED"] })).toEqual([b, a]);
  expect(await listed(service, { status: ["QUEUED", "CANCELED"] })).toEqual([random, waiting]);
  expect(await listed(service, { method: ["RANDOM"] })).toEqual([random]);
  expect(await listed(service, { model: "emoji-vit", status: ["QUEUED"] })).toEqual([waiting]);
  expect(await listed(service, { model: "another" })).toEqual([]);
  const { data } = await service.ask(`{ explanation(id: "${b}") { createdAt } }`);
  const { createdAt } = data.explanation;
  expect(await listed(service, { createdBefore: createdAt })).toEqual([a]);
  expect((await listed(service, { createdAfter: createdAt })).at(-1)).toBe(b);

  expect((await removeMany(service, {})).errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
  expect((await removeMany(service, { model: "x" }, 0)).errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
  expect((await removeMany(service, { method: ["VIT_CX"] }, 1)).data.deleteExplanations).toEqual({
    ids: [b],
    unfinishedIds: [waiting],
    more: true,
  });
  const rest = await removeMany(service, { createdBefore: new Date(Date.now() + 1000) });
  expect(rest.data.deleteExplanations).toEqual({ ids: [broken, random, a], unfinishedIds: [waiting], more: false });
  expect(await listed(service)).toEqual([waiting]);
  expect((await service.keys()).filter((key) => !key.includes(waiting))).toEqual([]);
});
