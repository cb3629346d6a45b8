import { expect, test } from "vitest";
import { keys } from "../../lib/explanation/keys.ts";
import * as operations from "../../web/api/operations.ts";
import { csrf, explainImage, picture, startService } from "./service.ts";

const repeat = (count: number, text: (i: number) => string) => Array.from({ length: count }, (_, i) => text(i)).join(" ");

test.each([
  ["has too many aliases", `{ ${repeat(51, (i) => `a${i}: models { id }`)} }`, /Aliases limit of 50 exceeded/],
  ["is too deep", `{ ${repeat(12, () => "... on Query {")} models { id } ${"}".repeat(12)} }`, /depth limit of 10 exceeded/i],
  ["has too many tokens", `{ models { ${repeat(2000, () => "id")} } }`, /Token limit of 2000 exceeded/],
])("A query that %s is refused", async (_, query, sentence) => {
  const service = await startService();
  const { data, errors } = await service.ask(query);
  expect(data).toBeUndefined();
  expect(errors).toMatchObject([{ message: expect.stringMatching(sentence), extensions: { code: expect.any(String) } }]);
  expect(service.apiErrors).toEqual([]);
});

test("The largest queries that a page needs are not refused", async () => {
  const { ask } = await startService();
  const { getIntrospectionQuery } = await import("graphql");
  expect((await ask(getIntrospectionQuery())).errors).toBeUndefined();
  expect((await ask(`{ ${repeat(50, (i) => `a${i}: models { id }`)} }`)).errors).toBeUndefined();
});

test.each(Object.entries(operations).filter(([, operation]) => typeof operation === "string"))(
  "The page's own %s is not refused for its size",
  async (_, operation) => {
    const { ask } = await startService();
    // Variables that are missing are told after the limits are kept.
    const { errors = [] } = await ask(operation);
    expect(errors.filter(({ message }) => !message.startsWith("Variable "))).toEqual([]);
  },
);

test("A name of more than 200 characters is refused, and not sent back", async () => {
  const service = await startService();
  const id = await service.submit();
  await service.work();
  const long = "a_".repeat(400_000);
  const map = "query ($id: ID!, $target: ID!) { explanation(id: $id) { saliencyMap(target: $target) { raw } } }";
  for (const { errors } of [
    await service.explain(await picture(), { target: long.slice(0, 201) }),
    await service.explain(await picture(), { model: long.slice(0, 201) }),
    await service.ask(map, { id, target: long }),
  ]) {
    const message = expect.stringMatching(
      /^Expected `(target|model)` to be a name of at most 200 characters, got (201|800000)\.$/,
    );
    expect(errors).toMatchObject([{ message, extensions: { code: "BAD_USER_INPUT" } }]);
  }
  expect((await service.explain(await picture(), { target: long.slice(0, 200) })).errors).toMatchObject([
    { extensions: { code: "CLASS_UNKNOWN" } },
  ]);
});

test("What a client sends at length is not sent back as long", async () => {
  const { ask } = await startService();
  const long = "a_".repeat(400_000);
  for (const [query, variables] of [
    ["mutation ($id: ID!) { cancelExplanation(id: $id) { id } }", { id: long }],
    [explainImage, { input: { upload: long } }],
    [explainImage, { input: { method: { vitCx: { seed: long } } } }],
  ] as const) {
    const { errors } = await ask(query, variables);
    expect(errors).toMatchObject([{ extensions: { code: expect.any(String) } }]);
    expect(JSON.stringify(errors).length).toBeLessThan(2000);
  }
});

test("A request without a file may have a megabyte", async () => {
  const service = await startService();
  const { status, errors } = await service.ask("{ __typename }", { x: "x".repeat(1_000_000) });
  expect(status).toBe(413);
  expect(errors).toMatchObject([{ message: expect.stringMatching(/at most 1 MB/), extensions: { code: "BAD_USER_INPUT" } }]);
  expect((await service.ask("{ __typename }", { x: "x".repeat(999_000) })).errors).toBeUndefined();
});

test("A request has so many small maps and no more; one event of a subscription as many again", async () => {
  const service = await startService();
  const id = await service.submit();
  const stored = await service.deps.store.get(keys.log(id));
  const first = new TextDecoder().decode(stored!.bytes);
  const scored = {
    kind: "SCORED",
    done: 1,
    total: 1,
    map: { width: 1, height: 1, values: "/w==" },
    time: new Date().toISOString(),
  };
  const put = (count: number, last = "") =>
    service.deps.store.put(
      keys.log(id),
      new TextEncoder().encode(`${first}${`${JSON.stringify(scored)}\n`.repeat(count)}${last}`),
    );
  const maps = `{ explanation(id: "${id}") { events { ... on ScoredEvent { map { values } } } } }`;
  await put(3000);
  expect((await service.ask(maps)).data.explanation.events.at(-1)).toEqual({ map: { values: [1] } });
  await put(3001, `${JSON.stringify({ kind: "CANCELED", time: scored.time })}\n`);
  expect((await service.ask(maps)).errors).toMatchObject([
    { message: expect.stringMatching(/3000 small maps, or 150 files/), extensions: { code: "QUERY_TOO_LARGE" } },
  ]);
  const query = `subscription { explanationProgress(id: "${id}") { ... on ScoredEvent { map { values } } } }`;
  const headers = { "content-type": "application/json", accept: "text/event-stream" };
  const told = await (await fetch(service.url, { method: "POST", headers, body: JSON.stringify({ query }) })).text();
  expect(told.split('{"map":{"values":[1]}}')).toHaveLength(3002);
});

test("A browser gets GraphiQL, and nothing in it comes from another host", async () => {
  const { url } = await startService();
  const response = await fetch(url, { headers: { accept: "text/html" } });
  expect(response.headers.get("content-type")).toMatch(/^text\/html/);
  const page = await response.text();
  expect(page).toContain("<title>vitcx</title>");
  const loaded =
    /(?:<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)=|\burl\(|\bimport\(|@import |\bnew Worker\()\s*["']?(?:https?:)?\/\//;
  expect(loaded.exec('<script crossorigin src="https://unpkg.com/react.js">')).not.toBeNull();
  expect(loaded.exec(page)?.[0]).toBeUndefined();
});

const preflight = {
  "access-control-request-method": "POST",
  "access-control-request-headers": "content-type,x-graphql-yoga-csrf",
};

test("Pages of other origins may not use the API", async () => {
  const { url } = await startService();
  for (const init of [
    { method: "OPTIONS", headers: { origin: "https://example.com", ...preflight } },
    { method: "GET", headers: { origin: "https://example.com", ...csrf } },
  ]) {
    const { headers } = await fetch(`${url}?query={__typename}`, init);
    expect([...headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
  }
});

test("Pages of the origins that the configuration names may, and no others", async () => {
  const { url } = await startService({ origins: ["https://a.example", "https://b.example"] });
  const allowed = async (origin: string) => {
    const { headers } = await fetch(url, { method: "OPTIONS", headers: { origin, ...preflight } });
    return [headers.get("access-control-allow-origin"), headers.get("access-control-allow-headers")];
  };
  expect(await allowed("https://a.example")).toEqual(["https://a.example", expect.stringContaining("x-graphql-yoga-csrf")]);
  expect((await allowed("https://b.example"))[0]).toBe("https://b.example");
  expect((await allowed("https://c.example"))[0]).not.toBe("https://c.example");
  expect((await allowed("https://c.example"))[0]).not.toBe("*");
});
