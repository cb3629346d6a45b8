import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { post } from "../../lib/client/graphql.ts";

/** A service that answers with an error of this code twice, and then with data. */
async function serve(code: string, retryAfterSeconds: number) {
  let count = 0;
  const server = createServer((_, response) => {
    const errors = [{ message: "No.", extensions: { code, retryAfterSeconds } }];
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(++count <= 2 ? { data: null, errors } : { data: { done: true } }));
  }).listen(0, "127.0.0.1");
  onTestFinished(() => server.close().closeAllConnections());
  await once(server, "listening");
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  return {
    ask: (patienceMs: number) => post({ endpoint, query: "{ done }", variables: {}, headers: {}, patienceMs, timeoutMs: 5000 }),
  };
}

test.each(["STORAGE_FULL", "STORAGE_UNAVAILABLE", "LIMIT_EXCEEDED"])(
  "%s is asked again while there is patience",
  async (code) => {
    const { ask } = await serve(code, 0.05);
    expect(await ask(20_000)).toEqual({ data: { done: true } });
  },
);

test("A disk that stays full for longer than there is patience is told", async () => {
  const { ask } = await serve("STORAGE_FULL", 30);
  expect((await ask(500)).errors).toMatchObject([{ extensions: { code: "STORAGE_FULL" } }]);
});

test("What another time would not mend is told at once", async () => {
  const { ask } = await serve("BAD_USER_INPUT", 0.05);
  expect((await ask(20_000)).errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
});
