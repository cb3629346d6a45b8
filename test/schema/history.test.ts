import { expect, test } from "vitest";
import { keys } from "../../lib/explanation/keys.ts";
import { answerOf, type Service, startService } from "./service.ts";

async function page({ ask }: Service, args = "") {
  const { data, errors } = await ask(
    `{ explanations${args} { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
  );
  expect(errors).toBeUndefined();
  const { edges, pageInfo } = data.explanations;
  return { ids: edges.map((edge: { node: { id: string } }) => edge.node.id) as string[], edges, pageInfo };
}

test("There is no history before the first explanation", async () => {
  expect(await page(await startService())).toMatchObject({ ids: [], pageInfo: { hasNextPage: false, endCursor: null } });
});

test("25 explanations are read in pages of 10, newest first, each once", async () => {
  const service = await startService();
  const submitted: string[] = [];
  for (let seed = 0; seed < 25; seed++) submitted.push(await service.submit(undefined, { method: { vitCx: { seed } } }));

  const first = await page(service, "(first: 10)");
  expect(first.pageInfo).toEqual({
    hasNextPage: true,
    hasPreviousPage: false,
    startCursor: first.edges[0].cursor,
    endCursor: first.edges[9].cursor,
  });
  const second = await page(service, `(first: 10, after: "${first.pageInfo.endCursor}")`);
  expect(second.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
  const third = await page(service, `(first: 10, after: "${second.pageInfo.endCursor}")`);
  expect(third.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  expect([...first.ids, ...second.ids, ...third.ids]).toEqual(submitted.toReversed());

  expect((await page(service)).ids).toHaveLength(20);
  expect((await page(service, "(first: 25)")).pageInfo.hasNextPage).toBe(false);
  expect((await page(service, "(first: 24)")).pageInfo.hasNextPage).toBe(true);
  const [middle] = [first.edges[4].cursor];
  expect((await page(service, `(first: 3, after: "${middle}")`)).ids).toEqual(first.ids.slice(5, 8));
});

test.each([0, -1, 101])("A page of %i is refused", async (first) => {
  const { ask } = await startService();
  const { errors } = await ask(`{ explanations(first: ${first}) { edges { cursor } } }`);
  expect(errors).toMatchObject([{ message: /from 1 to 100, got/, extensions: { code: "BAD_USER_INPUT" } }]);
});

test("An entry of a submission that was cut short is passed over, and the page is full all the same", async () => {
  const service = await startService();
  const [older, newer] = [
    await service.submit(undefined, { method: { vitCx: { seed: 1 } } }),
    await service.submit(undefined, { method: { vitCx: { seed: 2 } } }),
  ];
  // Entries without a log, and one of a submission that came second: its log has another time.
  const later = Date.now() + 60_000;
  for (let i = 0; i < 5; i++) await put(service, keys.historyEntry("local", new Date(later + i), `nolog${i}`));
  await put(service, keys.historyEntry("local", new Date(later), older));
  await put(service, keys.historyEntry("local", new Date(0), newer));

  expect(await page(service, "(first: 1)")).toMatchObject({ ids: [newer], pageInfo: { hasNextPage: true } });
  expect(await page(service, "(first: 2)")).toMatchObject({ ids: [newer, older], pageInfo: { hasNextPage: false } });
});

test("An explanation is a node", async () => {
  const service = await startService();
  const id = await service.submit();
  const { data } = await service.ask(
    `{ node(id: "${id}") { __typename id ... on Explanation { status } }
       nobody: node(id: "nosuchid") { id } nowhere: node(id: "../x") { id } }`,
  );
  expect(data).toEqual({
    node: { __typename: "Explanation", id, status: "QUEUED" },
    nobody: null,
    nowhere: null,
  });
});

test("Every owner has a history of their own, and knows of no other's explanations", async () => {
  const service = await startService({ ownerOf: ({ headers }) => ({ name: headers.get("x-owner") ?? "local", limits: {} }) });
  const id = await service.submit();
  const as = async (owner: string, query: string) => {
    const headers = { "content-type": "application/json", "x-owner": owner };
    return answerOf(await fetch(service.url, { method: "POST", headers, body: JSON.stringify({ query }) }));
  };
  const query = `{ explanation(id: "${id}") { id } node(id: "${id}") { id } explanations { edges { node { id } } } }`;
  const own = { explanation: { id }, node: { id }, explanations: { edges: [{ node: { id } }] } };
  expect((await as("local", query)).data).toEqual(own);
  expect((await as("ada", query)).data).toEqual({ explanation: null, node: null, explanations: { edges: [] } });
  const cancel = `mutation { cancelExplanation(id: "${id}") { id } }`;
  expect((await as("ada", cancel)).errors).toMatchObject([{ extensions: { code: "EXPLANATION_UNKNOWN" } }]);
});

test("An unknown explanation is null", async () => {
  const { ask } = await startService();
  const { data, errors } = await ask('{ a: explanation(id: "nosuchid") { id } b: explanation(id: "../../x") { id } }');
  expect({ data, errors }).toEqual({ data: { a: null, b: null }, errors: undefined });
});

async function put({ deps }: Service, key: string): Promise<void> {
  await deps.store.put(key, new Uint8Array());
}

test("An explanation whose log is damaged does not hide the others", async () => {
  const service = await startService();
  const lost = await service.submit(undefined, { method: { vitCx: { seed: 1 } } });
  const other = await service.submit(undefined, { method: { vitCx: { seed: 2 } } });
  await service.deps.store.put(keys.log(lost), new TextEncoder().encode("{\n"));
  const { data, errors } = await service.ask("{ explanations { edges { node { id } } damaged { id code message } } }");
  expect(errors).toBeUndefined();
  expect(data.explanations).toMatchObject({
    edges: [{ node: { id: other } }],
    damaged: [
      { id: lost, code: "LOG_DAMAGED", message: `The log of the explanation ${lost} cannot be read: line 1 is not JSON.` },
    ],
  });
  expect(service.apiErrors).toMatchObject([{ code: "LOG_DAMAGED" }]);
});
