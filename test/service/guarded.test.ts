import { request } from "node:http";
import { expect, test } from "vitest";
import { example, openPlace } from "./place.ts";

/** The status of a GET that names another host than the one that it goes to. */
function statusAs(host: string, url: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asking = request(
      url,
      { headers: { ...headers, host } },
      (response) => (response.resume(), resolve(response.statusCode)),
    );
    asking.on("error", reject).end();
  });
}

test.concurrent("answers on this machine to its own names alone, so that no page can lead its name here", async ({
  onTestFinished,
}) => {
  const place = await openPlace(onTestFinished);
  const { client } = await place.startService({ VITCX_PUBLIC_URL: "https://maps.example.org/" });
  const { port } = new URL(client.origin);
  const statusOf = (host: string) =>
    statusAs(host, `${client.origin}/graphql?query={__typename}`, { "x-graphql-yoga-csrf": "1" });
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, "maps.example.org"]) {
    expect([host, await statusOf(host)]).toEqual([host, 200]);
  }
  for (const host of [`evil.example.org:${port}`, "127.0.0.1.example.org", "10.0.0.7"]) {
    expect([host, await statusOf(host)]).toEqual([host, 421]);
  }
});

test.concurrent("asks for a key where there are any, of everything but the page and files that are told of", async ({
  onTestFinished,
}) => {
  const place = await openPlace(onTestFinished);
  const key = "a-key-of-ann-s-own";
  const { client } = await place.startService({ VITCX_API_KEYS: `ann=${key}` });
  await expect(client.explainImage(example("crab.png"))).rejects.toThrow("x-api-key");
  const ask = async (query: string) => {
    const headers = { "content-type": "application/json", "x-graphql-yoga-csrf": "1", "x-api-key": key };
    const response = await fetch(`${client.origin}/graphql`, { method: "POST", headers, body: JSON.stringify({ query }) });
    return (await response.json()) as { data: unknown };
  };
  expect((await ask("{ __typename }")).data).toEqual({ __typename: "Query" });

  const get = async (path: string, accept: string) => (await fetch(client.origin + path, { headers: { accept } })).status;
  expect(await get("/", "text/html")).not.toBe(401);
  // GraphiQL says nothing of anybody's, and has a place for the key.
  expect(await get("/graphql", "text/html")).toBe(200);
  expect(await get("/graphql", "application/json")).toBe(401);
  expect(await get("/files/explanations/x/overlay.png", "image/png")).toBe(403);
});

test.concurrent("behind a proxy it tells the URLs that its users see, and takes no request beyond its bound", async ({
  onTestFinished,
}) => {
  const place = await openPlace(onTestFinished);
  const env = { VITCX_PUBLIC_URL: "https://maps.example.org", VITCX_MAX_PASSES: "100" };
  const { client } = await place.startService(env);
  await expect(client.explainImage(example("crab.png"))).rejects.toThrow("at most 100 are allowed");
  const id = await client.explainImage(example("crab.png"), { method: { centreGaussian: true } });
  await client.followToEnd(id);
  const query = "query ($id: ID!) { explanation(id: $id) { saliencyMap { overlay } } }";
  const { explanation } = await client.ask<{ explanation: { saliencyMap: { overlay: string } } }>(query, { id });
  expect(explanation.saliencyMap.overlay).toBe(`https://maps.example.org/files/explanations/${id}/overlay.png`);
});
