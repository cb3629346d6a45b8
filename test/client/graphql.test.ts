import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { NoAnswer, post } from "../../lib/client/graphql.ts";

test("a proxy's own 413, which is no GraphQL, is told as what it is", async () => {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(413, { "content-type": "text/html" }).end("<html><h1>413 Request Entity Too Large</h1></html>");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => server.close().closeAllConnections());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  const request = { endpoint, query: "{ __typename }", variables: {}, headers: {}, patienceMs: 1000, timeoutMs: 1000 };
  const error = await post(request).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NoAnswer);
  expect(error).toMatchObject({
    status: 413,
    message: `${endpoint} answered 413: a proxy before it does not take a request of this size.`,
  });
});
