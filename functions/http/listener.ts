import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** How long the rest of a body is still read after its request was answered, so that the client can read the answer: milliseconds. */
const LINGER_MS = 30_000;

/** How long a client may leave what it is sent unread: milliseconds. */
const UNREAD_MS = 30_000;

/** Requests of one connection that may wait for their answers at a time; browsers send one. */
const MOST_PIPELINED = 32;

const HOST = /^(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/**
 * Node's side of the application: refuses with 400 what is no HTTP request for it, takes the absolute form that proxies send
 * (RFC 9112, 3.2.2), reads the rest of a body that was refused (a connection that is closed before would be reset, and the answer
 * lost), and cuts off a client that reads nothing for `unreadMs` or sends request after request without waiting for an answer.
 */
export function listener(handler: Handler, { unreadMs = UNREAD_MS, lingerMs = LINGER_MS } = {}): RequestListener {
  const waiting = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    waiting.set(socket, (waiting.get(socket) ?? 0) + 1);
    response.once("close", () => waiting.set(socket, waiting.get(socket)! - 1));
    if (waiting.get(socket)! > MOST_PIPELINED) return void socket.destroy();
    const problem = normalise(request);
    if (problem !== null) return refuse(response, problem);
    cutOffUnread(response, unreadMs);
    response.once("finish", () => linger(request, lingerMs));
    void handler(request, response);
  };
}

/** Makes the request one in origin form; what is wrong with it where it cannot be. */
function normalise(request: IncomingMessage): string | null {
  const target = request.url ?? "";
  if (!target.startsWith("/")) {
    if (!/^https?:\/\//i.test(target) || !URL.canParse(target)) return "Expected the request target to be a path or an http URL.";
    const { host, pathname, search } = new URL(target);
    request.headers.host = host;
    request.url = pathname + search;
  }
  const { host } = request.headers;
  if (host !== undefined && !HOST.test(host)) return "Expected the header Host to be a host name and perhaps a port.";
  return URL.canParse(`http://${host ?? "localhost"}${request.url}`) ? null : "Expected the request target to be a valid path.";
}

function refuse(response: ServerResponse, message: string): void {
  response.writeHead(400, { "content-type": "application/json; charset=utf-8", connection: "close" });
  response.end(JSON.stringify({ errors: [{ message, extensions: { code: "BAD_REQUEST" } }] }));
}

/** Discards the rest of the body, for a while. */
function linger(request: IncomingMessage, lingerMs: number): void {
  if (request.complete || request.socket.destroyed) return;
  const timer = setTimeout(() => request.socket.destroy(), lingerMs).unref();
  request.unpipe();
  request.resume();
  request.once("close", () => clearTimeout(timer));
  request.once("end", () => clearTimeout(timer));
}

function cutOffUnread(response: ServerResponse, unreadMs: number): void {
  let stuckAt = -1;
  const timer = setInterval(() => {
    const { socket, writableNeedDrain } = response;
    const written = socket?.bytesWritten ?? 0;
    if (writableNeedDrain && written === stuckAt) socket?.destroy();
    stuckAt = writableNeedDrain ? written : -1;
  }, unreadMs).unref();
  response.once("close", () => clearInterval(timer));
}
