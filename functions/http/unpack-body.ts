import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import type { Plugin } from "graphql-yoga";
import { maxRequestBytes } from "./body-limit.ts";
import { refusal } from "../access/refusal.ts";

const unpackers: Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>> = {
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/** Takes request bodies that travel packed (Content-Encoding: gzip, deflate or br), no larger unpacked than others may be. */
export function unpackBody(maxImageBytes: number): Plugin {
  return {
    async onRequest({ request, url, fetchAPI, setRequest, endResponse }) {
      const encoding = request.headers.get("content-encoding")?.trim().toLowerCase();
      if (request.method !== "POST" || !encoding || encoding === "identity" || url.pathname.startsWith("/uploads/")) return;
      const refuse = (status: number, message: string) =>
        endResponse(refusal(fetchAPI.Response, status, message, { code: "BAD_REQUEST" }));
      const unpack = unpackers[encoding];
      if (!unpack)
        return refuse(415, `Expected Content-Encoding to be gzip, deflate or br, got ${JSON.stringify(encoding.slice(0, 50))}.`);
      const most = maxRequestBytes(maxImageBytes);
      try {
        const body = await unpack(await read(request, most), { maxOutputLength: most });
        const headers = new Headers(request.headers);
        headers.delete("content-encoding");
        headers.delete("transfer-encoding");
        headers.set("content-length", String(body.length));
        setRequest(
          new fetchAPI.Request(request.url, { method: "POST", headers, body: new Uint8Array(body), signal: request.signal }),
        );
      } catch (error) {
        const isLarge = error instanceof RangeError;
        const message = isLarge
          ? `The request is too large: unpacked it may have at most ${most / 1e6} MB.`
          : `The body cannot be unpacked: it is not whole, or not ${encoding}.`;
        refuse(isLarge ? 413 : 400, message);
      }
    },
  };
}

/** Throws a RangeError where there is more than `most` bytes of it. */
async function read(request: Request, most: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > most) throw new RangeError("The body is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
