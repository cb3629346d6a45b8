import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface HubServer extends AsyncDisposable {
  readonly url: string;
  /** What was asked for: path, range. */
  readonly requests: { readonly path: string; readonly range: string | undefined }[];
  /** Breaks the next answer that is a file's content after so many bytes. */
  breakAfter: number | undefined;
}

/** Files of this size and more the hub keeps outside Git, and tells their SHA-256. */
const LARGE_BYTES = 1000;

/**
 * A server that speaks the routes of the Hugging Face hub which a download needs: the tree of a repository, and its files with
 * ranges. `corrupt` names a file that comes with other content than the tree says.
 */
export async function hubServer(
  repository: string,
  files: Readonly<Record<string, Uint8Array>>,
  { token, corrupt }: { token?: string; corrupt?: string } = {},
): Promise<HubServer> {
  const requests: HubServer["requests"] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url!, "http://hub").pathname);
    requests.push({ path, range: request.headers.range });
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`)
      return deny(response, 401, "Invalid credentials");
    if (path === `/api/models/${repository}/tree/main`) return json(response, 200, tree(files));
    const name = path.startsWith(`/${repository}/resolve/main/`) ? path.slice(`/${repository}/resolve/main/`.length) : "";
    const content = files[name];
    if (!content) return deny(response, 404, "Repository not found");
    const sent = name === corrupt ? content.map((byte) => byte ^ 1) : content;
    sendRange(request, response, sent, sha256(content), state);
  });
  const state: HubServer = {
    url: "",
    requests,
    breakAfter: undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(state, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

function tree(files: Readonly<Record<string, Uint8Array>>): object[] {
  return Object.entries(files).map(([path, content]) => {
    const oid = createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
    const lfs = content.length >= LARGE_BYTES && { lfs: { oid: sha256(content), size: content.length, pointerSize: 130 } };
    return { type: "file", path, size: content.length, oid, ...lfs };
  });
}

function sendRange(
  request: IncomingMessage,
  response: ServerResponse,
  content: Uint8Array,
  etag: string,
  state: HubServer,
): void {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
  const start = first === undefined ? 0 : Number(first);
  const end = last === undefined ? content.length : Math.min(Number(last) + 1, content.length);
  response.writeHead(first === undefined ? 200 : 206, {
    etag: `"${etag}"`,
    "content-length": end - start,
    ...(first !== undefined && { "content-range": `bytes ${start}-${end - 1}/${content.length}` }),
  });
  const part = content.subarray(start, end);
  if (state.breakAfter === undefined || part.length <= state.breakAfter) return void response.end(part);
  const some = part.subarray(0, state.breakAfter);
  state.breakAfter = undefined;
  response.write(some, () => setImmediate(() => response.destroy()));
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function deny(response: ServerResponse, status: number, error: string): void {
  json(response, status, { error });
}

function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
