import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/**
 * A server that ends with its test. `answer` gives the body of each answer, or null where the client shall wait for ever, or an error's
 * status. A body that is `[text]` is begun and never ended.
 */
export async function serve(
  answer: (body: string, request: IncomingMessage) => string | null | number | [string],
): Promise<{ origin: string }> {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
    const given = answer(body, request);
    if (given === null) return;
    if (typeof given === "number") return void response.writeHead(given).end();
    response.writeHead(200, { "content-type": "application/x-amz-json-1.0", etag: '"e"' });
    if (typeof given === "string") response.end(given);
    else response.write(given[0]);
  };
  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => server.close().closeAllConnections());
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
