import type { Plugin } from "graphql-yoga";
import { allowedSize, isMultipart } from "./multipart.ts";
import { refusal } from "../access/refusal.ts";

/** Bytes of the largest request: an image, and what a multipart request may have beside it. */
export function maxRequestBytes(maxImageBytes: number): number {
  return maxImageBytes + 1_000_000;
}

/** Bytes of the largest request without a file. */
const MAX_TEXT_BYTES = 1_000_000;

/**
 * Refuses a request whose body is larger than an image may be, before anything of it is read. A multipart body that does not
 * say its length is cut off while it is read (see multipart.ts); any other has to say it.
 */
export function bodyLimit(maxImageBytes: number): Plugin {
  return {
    onRequest({ request, fetchAPI, endResponse }) {
      const refuse = (status: number, code: string, message: string) =>
        endResponse(refusal(fetchAPI.Response, status, message, { code }));
      const length = request.headers.get("content-length");
      const multipart = isMultipart(request);
      if (multipart && Number(length ?? 0) > maxRequestBytes(maxImageBytes)) {
        refuse(413, "IMAGE_TOO_LARGE", `The request is too large: ${allowedSize(maxImageBytes)}.`);
      } else if (!multipart && Number(length ?? 0) > MAX_TEXT_BYTES) {
        refuse(413, "BAD_USER_INPUT", `The request is too large: without a file it may have at most ${MAX_TEXT_BYTES / 1e6} MB.`);
      } else if (request.method === "POST" && length === null && !multipart) {
        refuse(411, "BAD_USER_INPUT", "The request does not say its length: send the header Content-Length.");
      }
    },
  };
}
