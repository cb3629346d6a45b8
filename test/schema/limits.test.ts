import { expect, test } from "vitest";
import { csrf, startService } from "./service.ts";

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
