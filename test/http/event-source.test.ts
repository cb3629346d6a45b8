import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { csrf, multipart, picture, type Service, startService } from "../schema/service.ts";

const subscription = (id: string, after = 0) =>
  `subscription { explanationProgress(id: "${id}", after: ${after}) { __typename sequence } }`;

/** What an EventSource of the page is answered. */
function openSource({ url }: Service, query: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}?query=${encodeURIComponent(query)}`, {
    headers: { accept: "text/event-stream", "sec-fetch-site": "same-origin", ...headers },
  });
}

test("an EventSource of the own origin is served, each event with its number, and proxies are told to pass them on", async () => {
  const service = await startService();
  const id = await service.submit();
  await service.work();
  const response = await openSource(service, subscription(id));
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
  expect(response.headers.get("x-accel-buffering")).toBe("no");
  expect(response.headers.get("cache-control")).toContain("no-transform");
  const text = await response.text();
  expect([...text.matchAll(/^id: (\d+)$/gm)].map(([, number]) => Number(number))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(text).toMatch(/^:\n\nevent: next\nid: 1\ndata: \{"data"/);
  expect(text).toMatch(/event: complete\ndata:\n\n$/);
});

test("one that connects again goes on after the event that it saw last, and is told to stop after the last of all", async () => {
  const service = await startService();
  const id = await service.submit();
  await service.work();
  const again = await (await openSource(service, subscription(id), { "last-event-id": "7" })).text();
  expect([...again.matchAll(/^id: (\d+)$/gm)].map(([, number]) => number)).toEqual(["8", "9"]);
  expect((await openSource(service, subscription(id), { "last-event-id": "9" })).status).toBe(204);
});

test.each(["cross-site", "same-site", "none"])("one of %s is refused", async (site) => {
  const service = await startService();
  const response = await openSource(service, 'subscription { explanationProgress(id: "x") { sequence } }', {
    "sec-fetch-site": site,
  });
  expect(response.status).toBe(403);
  expect(await response.text()).toContain("CSRF_HEADER_MISSING");
});

test("a query by GET needs a header even of the own origin", async () => {
  const { url } = await startService();
  const headers = { "sec-fetch-site": "same-origin", accept: "application/json" };
  expect((await fetch(`${url}?query={__typename}`, { headers })).status).toBe(403);
});

test("a stream without events shows that it lives", async () => {
  const service = await startService({ pingMs: 20 });
  const id = await service.submit();
  const response = await openSource(service, subscription(id));
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (/data: .*\n\n(:\n\n){3}/.test(text)) break;
  }
  expect(text).toContain("id: 1\n");
});

test("what a client accepts of nothing that there is, is said in words", async () => {
  const { url } = await startService();
  const headers = { "content-type": "application/json", accept: "image/png" };
  const response = await fetch(url, { method: "POST", headers, body: '{"query":"{__typename}"}' });
  expect(response.status).toBe(406);
  expect(await response.json()).toMatchObject({
    errors: [{ message: expect.stringMatching(/text\/event-stream, got image\/png/) }],
  });
});

test("graphql-sse's single connection mode is refused in words", async () => {
  const { url } = await startService();
  for (const path of ["", "/stream"]) {
    const response = await fetch(url + path, { method: "PUT" });
    expect([response.status, await response.text()]).toEqual([405, expect.stringContaining("singleConnection")]);
  }
});

test("a body that travels packed is taken, and no larger than others", async () => {
  const { url } = await startService({ maxImageBytes: 1_000_000 });
  const post = (body: Buffer, encoding = "gzip") =>
    fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "content-encoding": encoding },
      body: new Uint8Array(body),
    });
  const query = JSON.stringify({ query: "{ __typename }" });
  expect(await (await post(gzipSync(query))).json()).toEqual({ data: { __typename: "Query" } });
  expect((await post(gzipSync(Buffer.alloc(50_000_000)))).status).toBe(413);
  expect((await post(Buffer.from(query))).status).toBe(400);
  expect((await post(Buffer.from(query), "zip")).status).toBe(415);
});

test.each(["apollo-require-preflight", "x-apollo-operation-name"])(
  "%s is taken as a sign of a client that was allowed",
  async (name) => {
    const { url } = await startService();
    const response = await fetch(url, { method: "POST", headers: { [name]: "x" }, body: multipart(await picture()) });
    expect(await response.json()).toMatchObject({ data: { explainImage: { status: "QUEUED" } } });
  },
);

test("a file part without a filename is taken", async () => {
  const { url } = await startService();
  const parts = [
    Buffer.from(
      [
        '--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n',
        JSON.stringify({
          query: "mutation ($input: ExplainImageInput!) { explainImage(input: $input) { image { width } } }",
          variables: { input: { image: null } },
        }),
        '\r\n--x\r\ncontent-disposition: form-data; name="map"\r\n\r\n{"0":["variables.input.image"]}',
        '\r\n--x\r\ncontent-disposition: form-data; name="0"\r\ncontent-type: image/png\r\n\r\n',
      ].join(""),
    ),
    Buffer.from(await picture()),
    Buffer.from("\r\n--x--\r\n"),
  ];
  const headers = { ...csrf, "content-type": "multipart/form-data; boundary=x" };
  const response = await fetch(url, { method: "POST", headers, body: Buffer.concat(parts) });
  expect(await response.json()).toMatchObject({ data: { explainImage: { image: { width: 64 } } } });
});

test("GraphiQL is guarded as the page is", async () => {
  const { url } = await startService();
  const response = await fetch(url, { headers: { accept: "text/html" } });
  const policy = response.headers.get("content-security-policy")!;
  expect(policy).toMatch(/default-src 'none'; script-src 'sha256-/);
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/script-src[^;]*unsafe|https?:/);
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  expect(response.headers.get("referrer-policy")).toBe("same-origin");
});
