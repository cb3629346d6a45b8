import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** What a proxy does to every `nth` request in place of passing it on. */
export const faults = {
  "429": {
    nth: 9,
    does: (response: ServerResponse) => void response.writeHead(429, { "retry-after": "0" }).end("Rate exceeded."),
  },
  // So seldom that hardly any request meets it five times in a row, after which it is believed.
  INTERNAL: {
    nth: 13,
    does: (response: ServerResponse) => {
      const body = { data: null, errors: [{ message: "Something went wrong.", extensions: { code: "INTERNAL" } }] };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    },
  },
  "no answer": { nth: 20, does: () => undefined },
  "a broken connection": { nth: 8, does: (response: ServerResponse) => void response.destroy() },
} as const;

export interface FaultyProxy {
  readonly origin: string;
  /** How many requests it has passed on, and how many it has not. */
  readonly counts: { passed: number; failed: number };
}

/** Stands before a server, and ends with the test. Only POSTs are failed: an answer in GraphQL's form is none to anything else. */
export async function startProxy(to: string, { nth, does }: (typeof faults)[keyof typeof faults]): Promise<FaultyProxy> {
  const counts = { passed: 0, failed: 0 };
  const target = new URL(to);
  const serve = (incoming: IncomingMessage, response: ServerResponse): void => {
    // The first is answered: an address at which nothing ever was is taken for a wrong one.
    if (incoming.method === "POST" && (counts.passed + counts.failed + 1) % nth === 0) {
      counts.failed++;
      incoming.resume();
      return does(response);
    }
    counts.passed++;
    const { method = "GET", url = "/", headers } = incoming;
    const outgoing = request({ host: target.hostname, port: target.port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on("error", () => response.destroy());
    incoming.pipe(outgoing);
  };
  const server = createServer(serve);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => server.close().closeAllConnections());
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, counts };
}
