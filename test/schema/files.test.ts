import { request } from "node:http";
import { describe, expect, test } from "vitest";
import { pathSigner } from "../../lib/storage/signed-path.ts";
import { later } from "../explanation/workshop.ts";
import { picture, type Service, startService } from "./service.ts";
import { first } from "../first.ts";

/** A request whose path is sent as it is written; `fetch` would tidy it. */
function get({ origin }: Service, path: string, method = "GET"): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString("latin1")));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

async function finished(): Promise<{ service: Service; folder: string }> {
  const service = await startService();
  const id = await service.submit();
  await service.work();
  return { service, folder: `${service.origin}/files/explanations/${id}` };
}

test("Every file has its type and length, and may be no page of ours", async () => {
  const { service, folder } = await finished();
  for (const [name, type] of [
    ["input.png", "image/png"],
    ["overlay.png", "image/png"],
    ["saliency-map.npy", "application/octet-stream"],
    ["explanation.json", "application/json"],
    ["events.ndjson", "application/x-ndjson"],
  ]) {
    const response = await fetch(`${folder}/${name}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe(type);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("content-security-policy")).toContain("sandbox");
    expect((await response.arrayBuffer()).byteLength).toBe(Number(response.headers.get("content-length")));
  }
  expect(await service.download(`${folder}/input.png`)).toEqual(new Uint8Array(await picture()));
});

test("HEAD tells of a file without sending it", async () => {
  const { folder } = await finished();
  const response = await fetch(`${folder}/input.png`, { method: "HEAD" });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("image/png");
  expect(response.headers.get("content-length")).toBe(String((await picture()).length));
  expect((await response.arrayBuffer()).byteLength).toBe(0);
});

test("A file that a client has already is not sent again until it changes", async () => {
  const { service, folder } = await finished();
  const etag = (await fetch(`${folder}/events.ndjson`)).headers.get("etag")!;
  const again = await fetch(`${folder}/events.ndjson`, { headers: { "if-none-match": etag } });
  expect(again.status).toBe(304);
  expect(again.headers.get("etag")).toBe(etag);
  await service.deps.store.put(folder.slice(folder.indexOf("explanations/")).concat("/events.ndjson"), new Uint8Array([10]));
  expect((await fetch(`${folder}/events.ndjson`, { headers: { "if-none-match": etag } })).status).toBe(200);
});

test("A store is asked for no bytes that are not sent", async () => {
  let sent = 0;
  const service = await startService({}, ({ store }) => ({
    store: {
      ...store,
      get: async (key: string, ...unless: [string?]) => {
        const stored: unknown = await store.get(key, ...(unless as [string]));
        if (key.endsWith("/input.png") && stored !== "unchanged") sent++;
        return stored as Awaited<ReturnType<typeof store.get>>;
      },
    },
  }));
  const url = `${service.origin}/files/explanations/${await service.submit()}/input.png`;
  const etag = (await fetch(url)).headers.get("etag")!;
  expect(sent).toBe(1);
  expect((await fetch(url, { headers: { "if-none-match": etag } })).status).toBe(304);
  expect((await fetch(url, { method: "HEAD", headers: { "if-none-match": etag } })).status).toBe(304);
  expect((await fetch(url, { method: "HEAD" })).headers.get("etag")).toBe(etag);
  expect(sent).toBe(1);
  for (const other of ['"x"', "x", `W/${etag}`])
    expect((await fetch(url, { headers: { "if-none-match": other } })).status).toBe(200);
  expect(sent).toBe(4);
});

test("Nothing else is served: no other path, no history, no folder, no other method", async () => {
  const { service, folder } = await finished();
  const [historyKey] = await service.deps.store.list("history/", undefined, 1);
  expect(historyKey).toBeDefined();
  const inside = new URL(folder).pathname;
  for (const path of [
    `${inside}/nothing.png`,
    inside,
    `${inside}/`,
    "/files/explanations/",
    "/files/",
    `/files/${historyKey}`,
    `/files/explanations/../${historyKey}`,
    `/files/explanations/%2e%2e/${historyKey}`,
    `/files/explanations/..%2f${historyKey}`,
    "/files/explanations/../../../../../../etc/passwd",
    "/files/explanations/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/files/explanations/..%5c..%5cetc",
    `${inside}/%69nput.png%00`,
    `${inside}/.hidden`,
    "/files/explanations/%",
  ]) {
    expect([path, (await get(service, path)).status]).toEqual([path, 404]);
  }
  for (const method of ["POST", "PUT", "DELETE"]) {
    expect((await fetch(`${folder}/input.png`, { method })).status).toBe(404);
  }
  expect(await service.download(`${folder}/input.png`)).toEqual(new Uint8Array(await picture()));
  expect(service.apiErrors).toEqual([]);
});

describe("Where URLs are signed", () => {
  const urlsOf = async ({ ask }: Service, id: string) => {
    const { data } = await ask(`{ explanation(id: "${id}") { image { url } files { url } saliencyMap { overlay } thumbnail } }`);
    const { image, files, saliencyMap, thumbnail } = data.explanation;
    return [image.url, saliencyMap.overlay, thumbnail, ...files.map(({ url }: { url: string }) => url)] as string[];
  };
  const status = async (url: string, init?: RequestInit) => (await fetch(url, init)).status;

  async function signed() {
    const service = await startService({ signer: pathSigner() });
    const id = await service.submit();
    await service.work();
    return { service, id, urls: await urlsOf(service, id) };
  }

  test("every URL that the API tells is, on its own origin, and can be read and kept for half an hour at least", async () => {
    const { service, urls } = await signed();
    expect(urls.length).toBeGreaterThan(8);
    for (const url of urls) {
      expect(url).toMatch(
        new RegExp(`^${service.origin}/files/explanations/[0-9a-z]+/[\\w.-]+\\?expires=\\d+&signature=[0-9a-f]{64}$`),
      );
      const response = await fetch(url);
      expect(response.status).toBe(200);
      const [, seconds] = /^private, max-age=(\d+)$/.exec(response.headers.get("cache-control") ?? "") ?? [];
      expect(Number(seconds)).toBeGreaterThan(1700);
      expect(Number(seconds)).toBeLessThanOrEqual(3600);
      expect(response.headers.get("content-security-policy")).toContain("sandbox");
      expect(await status(url, { method: "HEAD" })).toBe(200);
    }
  });

  test("one opens its own file, unchanged, to GET, and nothing else", async () => {
    const { urls } = await signed();
    const [image, overlay] = first(2, urls);
    const folder = new URL(image).pathname;
    for (const changed of [
      image.slice(0, image.indexOf("?")),
      image.replace("input.png", "overlay.png"),
      image.replace(/.$/, (last) => (last === "0" ? "1" : "0")),
      image.slice(0, -1),
      image.replace("expires=", "expires=9"),
      image.replace(/expires=\d+&/, ""),
      image.replace("?", "?x=1&"),
      `${image}&x=1`,
      image.replace(/signature=.*/, overlay.slice(overlay.indexOf("signature="))),
      image.replace(/signature=.*/, "signature="),
      image.replace(folder, `${folder}/../overlay.png`),
    ]) {
      expect([changed, await status(changed)]).toEqual([changed, 403]);
    }
    expect(await status(image, { method: "PUT", body: "" })).toBe(404);
    expect(await status(image)).toBe(200);
  });

  test("one is the same for a while, and then another, and the first one ends within the hour", async () => {
    const { service, id } = await signed();
    const minutes = 60_000;
    later(30 * minutes - (Date.now() % (30 * minutes)));
    const [url] = first(1, await urlsOf(service, id));
    later(29 * minutes);
    expect((await urlsOf(service, id))[0]).toBe(url);
    later(minutes);
    expect((await urlsOf(service, id))[0]).not.toBe(url);
    expect(await status(url)).toBe(200);
    later(30 * minutes);
    expect(await status(url)).toBe(403);
  });

  test("one of a server with another secret is none", async () => {
    const { service, urls } = await signed();
    const { pathname } = new URL(urls[0]!);
    expect(await status(service.origin + pathSigner().sign("GET", pathname, 9_999_999_999))).toBe(403);
  });
});
