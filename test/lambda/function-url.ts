import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import type { Context, LambdaFunctionURLEvent } from "aws-lambda";

type StreamingHandler = (event: LambdaFunctionURLEvent, stream: Writable, context: Context) => Promise<void>;

/** What Lambda takes at most, of the event with the body in base64. */
const EVENT_BYTES = 6 * 1024 * 1024;

/** Between the metadata of a response and its body. */
const DELIMITER = Buffer.alloc(8);

/** Gives the process the global that Lambda's runtime has; to be called before the handler's module is loaded. */
export function installLambdaRuntime(): void {
  const HttpResponseStream = {
    /** As in Lambda's runtime, the metadata goes out before the first write, and not at all without one. */
    from(stream: Writable & { beforeFirstWrite?: () => void }, metadata: object): Writable {
      stream.beforeFirstWrite = () => {
        stream.write(JSON.stringify(metadata));
        stream.write(DELIMITER);
      };
      return stream;
    },
  };
  const streamifyResponse = (handler: StreamingHandler) => handler;
  Object.assign(globalThis, { awslambda: { streamifyResponse, HttpResponseStream } });
}

/**
 * A Function URL in RESPONSE_STREAM mode before a handler: makes an event (payload format 2.0) of each request, with a body in
 * base64 where it is no text, and lets the handler run on when the client has gone. `timeoutMs`: after this Lambda ends it.
 */
export async function startFunctionUrl(handler: StreamingHandler, { port = 0, timeoutMs = 900_000 } = {}) {
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const end = Date.now() + timeoutMs;
    const event = await eventOf(request);
    if (Buffer.byteLength(JSON.stringify(event)) > EVENT_BYTES) {
      response.writeHead(413).end('{"Message":null}');
      return;
    }
    const stream = responseStream(response);
    await handler(event, stream, { getRemainingTimeInMillis: () => end - Date.now() } as Context);
    // Lambda ends with the handler's promise, whatever is still to be written.
    if (!stream.writableEnded) response.destroy();
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const { port: listening } = server.address() as AddressInfo;
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${listening}`, stop };
}

/** Reads metadata, delimiter and body as Lambda's front does, and passes the body on as it comes. */
function responseStream(response: ServerResponse): Writable {
  let head: Buffer | null = Buffer.alloc(0);
  response.on("error", () => undefined);
  const stream: Writable & { beforeFirstWrite?: () => void } = new Writable({
    write(chunk: Buffer, _, callback) {
      if (head === null) return writeOn(response, chunk, callback);
      head = Buffer.concat([head, chunk]);
      const at = head.indexOf(DELIMITER);
      if (at < 0) return callback();
      const { statusCode, headers } = JSON.parse(head.subarray(0, at).toString());
      const rest = head.subarray(at + DELIMITER.length);
      head = null;
      response.writeHead(statusCode, headers);
      response.flushHeaders();
      writeOn(response, rest, callback);
    },
    final(callback) {
      if (response.destroyed) return callback();
      // Also where the client goes meanwhile.
      response.once("close", () => callback()).end();
    },
  });
  const write = stream.write.bind(stream) as (...all: unknown[]) => boolean;
  stream.write = (...all: unknown[]) => {
    const before = stream.beforeFirstWrite;
    delete stream.beforeFirstWrite;
    before?.();
    return write(...all);
  };
  return stream;
}

/** A client that has gone is nothing that a function hears of. */
function writeOn(response: ServerResponse, chunk: Buffer, callback: () => void): void {
  if (response.destroyed || chunk.length === 0) return callback();
  response.write(chunk, () => callback());
}

async function eventOf(request: IncomingMessage): Promise<LambdaFunctionURLEvent> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const { pathname, search } = new URL(request.url ?? "/", "http://localhost");
  const isText = /^(text\/|application\/(json|xml|javascript))/.test(request.headers["content-type"] ?? "");
  const method = request.method ?? "GET";
  const http = { method, path: pathname, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "test" };
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers: request.headers as Record<string, string>,
    isBase64Encoded: body.length > 0 && !isText,
    ...(body.length > 0 ? { body: body.toString(isText ? "utf8" : "base64") } : {}),
    requestContext: {
      accountId: "anonymous",
      apiId: "test",
      domainName: request.headers.host ?? "localhost",
      domainPrefix: "test",
      http,
      requestId: "test",
      routeKey: "$default",
      stage: "$default",
      time: new Date().toISOString(),
      timeEpoch: Date.now(),
    },
  };
}
