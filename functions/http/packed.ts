import { promisify } from "node:util";
import { gzip } from "node:zlib";

const pack = promisify(gzip);

/** A file of the page as it travels. */
interface Packed {
  readonly body: Buffer<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Text is packed to less than half where the client can unpack it; pictures are packed already. */
export async function packed(request: Request, bytes: Buffer<ArrayBuffer>, type: string): Promise<Packed> {
  if (!/^text\/|^image\/svg/.test(type)) return { body: bytes, headers: {} };
  const headers = { vary: "accept-encoding" };
  if (!/\bgzip\b/.test(request.headers.get("accept-encoding") ?? "")) return { body: bytes, headers };
  return { body: await pack(bytes), headers: { ...headers, "content-encoding": "gzip" } };
}
