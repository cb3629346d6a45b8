import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { s3Store } from "../../lib/storage/s3.ts";
import { createBucket, useTestCredentials } from "../aws/buckets.ts";
import { type LocalAws, startLocalAws } from "../aws/local-aws.ts";

/** What happens to a put on its way: its answer gets lost, or S3 cannot decide it now. */
type Disturbance = "lost" | "conflict";

let aws: LocalAws;
beforeAll(async () => {
  useTestCredentials();
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

/** A store behind a server that disturbs puts, each as the next of `coming` says, and passes the others on. */
async function disturbed(coming: Disturbance[]) {
  const bucket = `disturbed-${randomUUID()}`;
  await createBucket(aws.endpoint, bucket);
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const disturbance = request.method === "PUT" ? coming.shift() : undefined;
    if (disturbance === "conflict") {
      response.writeHead(409, { "content-type": "application/xml" });
      response.end("<Error><Code>ConditionalRequestConflict</Code></Error>");
      return;
    }
    const { host: _, connection: __, "content-length": ___, ...headers } = request.headers;
    const body = request.method === "PUT" ? { body: Buffer.concat(chunks) } : {};
    const init = { method: request.method ?? "GET", headers: headers as Record<string, string>, ...body };
    const answer = await fetch(aws.endpoint + request.url, init);
    if (disturbance === "lost") return void request.socket.destroy();
    const told = [...answer.headers].filter(([name]) => name === "etag" || name.startsWith("x-amz-meta-"));
    response.writeHead(answer.status, Object.fromEntries(told));
    response.end(Buffer.from(await answer.arrayBuffer()));
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const store = s3Store({ bucket, endpoint: `http://127.0.0.1:${port}`, pathStyle: true });
  const direct = s3Store({ bucket, endpoint: aws.endpoint, pathStyle: true });
  return { store, direct, [Symbol.dispose]: () => server.close().closeAllConnections() };
}

const text = (content: string) => new TextEncoder().encode(content);

test("a put whose answer got lost is known to have been done", async () => {
  const coming: Disturbance[] = ["lost"];
  using it = await disturbed(coming);
  const first = await it.store.put("a", text("one"), { ifAbsent: true });
  expect(first).toBe((await it.direct.get("a"))?.etag);
  coming.push("lost");
  const second = await it.store.put("a", text("two"), { ifMatch: first ?? "" });
  expect(second).toBe((await it.direct.get("a"))?.etag);
  expect(coming).toEqual([]);
});

test("a put whose answer got lost is not taken for another one of the same bytes", async () => {
  const coming: Disturbance[] = ["lost"];
  using it = await disturbed(coming);
  await it.direct.put("a", text("one"));
  expect(await it.store.put("a", text("one"), { ifAbsent: true })).toBeNull();
  expect(coming).toEqual([]);
});

test("a put whose answer got lost and that had no right to be done is known not to have been", async () => {
  using it = await disturbed(["lost"]);
  await it.direct.put("a", text("one"));
  expect(await it.store.put("a", text("two"), { ifAbsent: true })).toBeNull();
  expect(Buffer.from((await it.direct.get("a"))!.bytes).toString()).toBe("one");
});

test("a put whose answer got lost, and that S3 could then not decide, is known to have been done", async () => {
  const coming: Disturbance[] = ["lost", "conflict"];
  using it = await disturbed(coming);
  expect(await it.store.put("a", text("one"), { ifAbsent: true })).toBe((await it.direct.get("a"))?.etag);
  expect(coming).toEqual([]);
});

test("a put that S3 could not decide is tried again", async () => {
  using it = await disturbed(["conflict", "conflict"]);
  expect(await it.store.put("a", text("one"), { ifAbsent: true })).toEqual(expect.any(String));
  expect(Buffer.from((await it.direct.get("a"))!.bytes).toString()).toBe("one");
});
