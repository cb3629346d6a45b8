import { once } from "node:events";
import { connect } from "node:net";
import type { Server } from "node:http";
import { expect, test } from "vitest";
import { startService } from "../schema/service.ts";

/** What a server answers to these bytes, read until it closes or `until` is there. */
async function raw(port: number, bytes: string, until = /\}\s*$/): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(bytes);
  let answer = "";
  for await (const chunk of socket) {
    answer += String(chunk);
    if (until.test(answer)) break;
  }
  return answer;
}

test.each([
  ["a host with a space", "GET /graphql HTTP/1.1\r\nHost: a b\r\n\r\n"],
  ["a host with a path", "GET /graphql HTTP/1.1\r\nHost: a/b\r\n\r\n"],
  ["a host that is markup", "GET /graphql HTTP/1.1\r\nHost: <script>\r\n\r\n"],
  ["a target of another scheme", "GET ftp://a/graphql HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["the target *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["a port that is none", "GET /graphql HTTP/1.1\r\nHost: a:99999\r\n\r\n"],
])("%s is refused in words, without a stack trace", async (_, bytes) => {
  const service = await startService();
  const answer = await raw(Number(new URL(service.origin).port), bytes);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('"code":"BAD_REQUEST"');
  expect(answer).not.toMatch(/\bat .*:\d+:\d+|TypeError/);
});

test("a request in absolute form, as proxies send it, is answered", async () => {
  const service = await startService();
  const { port } = new URL(service.origin);
  const head = `GET http://vitcx.example:${port}/graphql?query=%7B__typename%7D HTTP/1.1\r\nHost: other\r\nx-graphql-yoga-csrf: 1\r\n\r\n`;
  expect(await raw(Number(port), head)).toContain('{"data":{"__typename":"Query"}}');
});

test.each([
  ["whose length is said", { "content-length": "26000000" }],
  ["whose length is not said", { "transfer-encoding": "chunked" }],
])("an upload above the limit, %s, is answered 413 and not reset", async (_, length) => {
  const service = await startService({ maxImageBytes: 1_000_000 });
  const body = Buffer.alloc(26_000_000);
  const head =
    '--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{}\r\n--x\r\ncontent-disposition: form-data; name="0"; filename="a"\r\n\r\n';
  body.write(head);
  body.write("\r\n--x--\r\n", body.length - 9);
  const headers = { host: "a", "content-type": "multipart/form-data; boundary=x", "x-graphql-yoga-csrf": "1", ...length };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const socket = connect(Number(new URL(service.origin).port), "127.0.0.1").pause();
  await once(socket, "connect");
  // A client that reads nothing before it has sent everything, as most do.
  await new Promise<void>((resolve, reject) => {
    socket.on("error", reject);
    socket.write(`POST /graphql HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    if (!("content-length" in length)) socket.write(`${body.length.toString(16)}\r\n`);
    socket.write(body);
    socket.write("content-length" in length ? "" : "\r\n0\r\n\r\n", () => resolve());
  });
  let answer = "";
  for await (const chunk of socket.resume()) if ((answer += String(chunk)).endsWith("}")) break;
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(answer).toContain("IMAGE_TOO_LARGE");
});

test("a client that does not read is cut off", async () => {
  const service = await startService({}, undefined, { unreadMs: 100 });
  const socket = connect(Number(new URL(service.origin).port), "127.0.0.1").pause();
  socket.on("error", () => undefined);
  await once(socket, "connect");
  // Nine megabytes, which no socket buffers.
  socket.write("GET /graphql HTTP/1.1\r\nHost: a\r\naccept: text/html\r\n\r\n");
  await once(service.server, "request");
  await expect.poll(() => connections(service.server), { timeout: 10_000 }).toBe(0);
  socket.destroy();
});

test("a connection on which very many requests wait is closed", async () => {
  const service = await startService();
  const socket = connect(Number(new URL(service.origin).port), "127.0.0.1").pause();
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.write("GET /graphql HTTP/1.1\r\nHost: a\r\naccept: text/html\r\n\r\n".repeat(200));
  await once(service.server, "request");
  await expect.poll(() => connections(service.server), { timeout: 10_000 }).toBe(0);
  socket.destroy();
});

const connections = (server: Server) =>
  new Promise<number>((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count))));
