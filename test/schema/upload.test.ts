import { request } from "node:http";
import { expect, test } from "vitest";
import { later } from "../explanation/workshop.ts";
import { answerOf, csrf, explainImage, multipart, picture, type Service, startService } from "./service.ts";
import { first } from "../first.ts";

const createUpload =
  "mutation ($bytes: Int!) { createUpload(input: { bytes: $bytes }) { id url path method headers { name value } expiresAt } }";

async function prepare({ ask }: Service, bytes: number) {
  const { data, errors } = await ask(createUpload, { bytes });
  expect(errors).toBeUndefined();
  return data.createUpload as {
    id: string;
    url: string;
    path: string | null;
    method: string;
    headers: { name: string; value: string }[];
    expiresAt: string;
  };
}

/** Does what the answer says, and nothing else. */
async function send({ url, method, headers }: Awaited<ReturnType<typeof prepare>>, file: Uint8Array): Promise<Response> {
  const told = headers.map(({ name, value }): [string, string] => [name, value]);
  return fetch(url, { method, headers: told, body: Buffer.from(file) });
}

const explainUpload = ({ ask }: Service, upload: string, more = {}) => ask(explainImage, { input: { upload, ...more } });

test("An image that was uploaded is the same explanation as one that came with the request, as often as it is asked", async () => {
  const service = await startService();
  const file = await picture();
  const upload = await prepare(service, file.length);
  expect(upload).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{32}$/), method: "PUT" });
  expect(new URL(upload.url).origin).toBe(service.origin);
  const minutes = (Date.parse(upload.expiresAt) - Date.now()) / 60_000;
  expect(Math.round(minutes)).toBe(15);
  expect((await send(upload, file)).status).toBe(200);

  const first = await explainUpload(service, upload.id);
  expect(first.data.explainImage).toEqual({ id: expect.stringMatching(/^[0-9a-z]{26}$/), status: "QUEUED" });
  expect(await service.submit(file)).toBe(first.data.explainImage.id);
  const other = await explainUpload(service, upload.id, { method: { vitCx: { seed: 1 } } });
  expect(other.data.explainImage.id).not.toBe(first.data.explainImage.id);
  await service.work();
  await service.work();
  const { data } = await service.ask(`{ explanation(id: "${first.data.explainImage.id}") { status image { bytes url } } }`);
  expect(data.explanation).toMatchObject({ status: "SUCCEEDED", image: { bytes: file.length } });
  expect(await service.download(data.explanation.image.url)).toEqual(new Uint8Array(file));
});

test("Uploads have ids and URLs that nobody can guess from others", async () => {
  const service = await startService();
  const made = await Promise.all(Array.from({ length: 20 }, () => prepare(service, 3)));
  expect(new Set(made.map(({ id }) => id)).size).toBe(20);
  const [one, two] = first(2, made);
  const guessed = { ...two, url: one.url.replace(one.id, two.id) };
  expect((await send(guessed, new Uint8Array(3))).status).toBe(403);
  expect(await service.keys()).toEqual([]);
});

test.each([
  [0, "BAD_USER_INPUT", /`bytes` .*at least 1, got 0/],
  [-1, "BAD_USER_INPUT", /got -1/],
  [8_000_001, "IMAGE_TOO_LARGE", /has 8,000,001 bytes.*at most 8,000,000/],
])("An upload of %d bytes is refused", async (bytes, code, sentence) => {
  const service = await startService({ maxUploadBytes: 8_000_000 });
  const { errors } = await service.ask(createUpload, { bytes });
  expect(errors).toMatchObject([{ message: expect.stringMatching(sentence), extensions: { code } }]);
});

test("The largest upload may be larger than the largest request", async () => {
  const service = await startService({ maxImageBytes: 100_000, maxUploadBytes: 4_000_000 });
  const upload = await prepare(service, 4_000_000);
  expect((await send(upload, new Uint8Array(4_000_000))).status).toBe(200);
  // It has arrived whole, and is no image.
  expect((await explainUpload(service, upload.id)).errors?.[0]?.extensions?.code).toBe("IMAGE_FORMAT_UNSUPPORTED");
});

test("An upload that is not there is refused in words: unknown, not yet sent, sent too short, expired, another owner's", async () => {
  const service = await startService({ ownerOf: ({ headers }) => ({ name: headers.get("x-owner") ?? "ann", limits: {} }) });
  const file = await picture();
  const unsent = await prepare(service, file.length);
  const short = await prepare(service, file.length);
  expect((await send(short, file.subarray(1))).status).toBe(403);
  for (const id of ["", "photo.png", "../../explanations/1", "0".repeat(32), unsent.id, short.id]) {
    const { errors } = await explainUpload(service, id);
    expect(errors).toMatchObject([
      { message: expect.stringMatching(/no file of the upload .*PUT the file/), extensions: { code: "UPLOAD_UNKNOWN" } },
    ]);
  }
  const sent = await prepare(service, file.length);
  expect((await send(sent, file)).status).toBe(200);
  const body = JSON.stringify({ query: explainImage, variables: { input: { upload: sent.id } } });
  const headers = { "content-type": "application/json", "x-owner": "bob" };
  const stolen = await answerOf(await fetch(service.url, { method: "POST", headers, body }));
  expect(stolen.errors?.[0]?.extensions?.code).toBe("UPLOAD_UNKNOWN");
  expect((await service.keys()).filter((key) => !key.startsWith("uploads/"))).toEqual([]);

  later(25 * 3_600_000);
  await prepare(service, 1);
  expect((await explainUpload(service, sent.id)).errors?.[0]?.extensions?.code).toBe("UPLOAD_UNKNOWN");
});

test("Two images, or none, are refused", async () => {
  const service = await startService();
  const upload = await prepare(service, 3);
  const both = multipart(await picture(), { upload: upload.id });
  const answer = await answerOf(await fetch(service.url, { method: "POST", headers: csrf, body: both }));
  expect(answer.errors).toMatchObject([
    { message: expect.stringMatching(/one image.*got both/), extensions: { code: "BAD_USER_INPUT" } },
  ]);
  const { errors } = await service.ask(explainImage, { input: { image: null, upload: null } });
  expect(errors).toMatchObject([{ message: expect.stringMatching(/no image.*`upload`/), extensions: { code: "IMAGE_MISSING" } }]);
  expect(await service.keys()).toEqual([]);
});

test("Only PUT is taken where uploads go, and what is there cannot be read", async () => {
  const service = await startService();
  const file = await picture();
  const upload = await prepare(service, file.length);
  expect((await send(upload, file)).status).toBe(200);
  for (const method of ["GET", "HEAD", "POST", "DELETE"]) expect((await fetch(upload.url, { method })).status).toBe(405);
  const [key] = await service.keys();
  expect((await fetch(`${service.origin}/files/${key}`)).status).toBe(404);
});

test("A page of another site may not send anything, and one of VITCX_ORIGINS may", async () => {
  const service = await startService({ origins: ["https://a.example"] });
  const { url } = await prepare(service, 3);
  const preflight = async (origin: string) => {
    const headers = { origin, "access-control-request-method": "PUT", "access-control-request-headers": "content-type" };
    const { headers: answer } = await fetch(url, { method: "OPTIONS", headers });
    return [answer.get("access-control-allow-origin"), answer.get("access-control-allow-methods")];
  };
  expect(await preflight("https://a.example")).toEqual(["https://a.example", expect.stringContaining("PUT")]);
  expect((await preflight("https://b.example"))[0]).not.toBe("https://b.example");
  const put = await fetch(url, {
    method: "PUT",
    headers: { origin: "https://a.example", "content-type": "application/octet-stream" },
    body: "one",
  });
  expect([put.status, put.headers.get("access-control-allow-origin")]).toEqual([200, "https://a.example"]);
});

test("A client that goes while it sends leaves nothing behind, and can send again", async () => {
  const service = await startService();
  const file = await picture();
  const upload = await prepare(service, file.length);
  const headers = Object.fromEntries(upload.headers.map(({ name, value }) => [name, value]));
  const broken = request(upload.url, { method: "PUT", headers: { ...headers, "content-length": file.length } });
  const gone = new Promise((resolve) => broken.on("error", () => undefined).on("close", resolve));
  broken.write(file.subarray(0, 10), () => broken.destroy());
  await gone;
  expect((await explainUpload(service, upload.id)).errors?.[0]?.extensions?.code).toBe("UPLOAD_UNKNOWN");
  expect(await service.keys()).toEqual([]);
  expect((await send(upload, file)).status).toBe(200);
  expect((await explainUpload(service, upload.id)).errors).toBeUndefined();
  expect(service.apiErrors).toEqual([]);
});

test.each([
  [true, { "x-forwarded-proto": "https", "x-forwarded-host": "maps.example.org" }, "https://maps.example.org"],
  [
    true,
    { "x-forwarded-proto": "https, http", "x-forwarded-host": "maps.example.org:8443, inner" },
    "https://maps.example.org:8443",
  ],
  [true, { "x-forwarded-proto": "javascript", "x-forwarded-host": "maps.example.org" }, undefined],
  [true, { "x-forwarded-host": "a b/../c" }, undefined],
  [true, {}, undefined],
  [false, { "x-forwarded-proto": "https", "x-forwarded-host": "maps.example.org" }, undefined],
])("Where a proxy is trusted (%s), %j makes URLs begin with %s", async (trustProxy, headers, origin) => {
  const service = await startService({ trustProxy });
  const body = JSON.stringify({ query: createUpload, variables: { bytes: 3 } });
  const sent = { ...headers, "content-type": "application/json" };
  const { data } = await answerOf(await fetch(service.url, { method: "POST", headers: sent, body }));
  expect(new URL(data.createUpload.url).origin).toBe(origin ?? service.origin);
});

test("URLs begin with the origin that clients know, also where requests come from a proxy", async () => {
  const service = await startService({ publicUrl: "https://vitcx.example" });
  const { id, url, path } = await prepare(service, 3);
  expect(url).toMatch(new RegExp(`^https://vitcx\\.example/uploads/local/${id}\\?`));
  expect(url).toBe(`https://vitcx.example${path}`);
  const explained = await service.submit();
  const { data } = await service.ask(`{ explanation(id: "${explained}") { image { url } } }`);
  expect(data.explanation.image.url).toBe(`https://vitcx.example/files/explanations/${explained}/input.png`);
});
