import type { Plugin } from "graphql-yoga";

/** What a multipart request may have beside its image. */
const OVERHEAD = 1_000_000;

/**
 * Refuses a request whose body is larger than an image may be, before anything of it is read. A multipart body that does not
 * say its length is cut off while it is read (see the form data limits in yoga.ts); any other has to say it.
 */
export function bodyLimit(maxImageBytes: number): Plugin {
  const allowed = `an image may have at most ${(maxImageBytes / 1e6).toLocaleString("en")} MB`;
  return {
    onRequest({ request, fetchAPI, endResponse }) {
      const refuse = (status: number, code: string, message: string) => {
        const headers = { "content-type": "application/json; charset=utf-8", connection: "close" };
        endResponse(new fetchAPI.Response(JSON.stringify({ errors: [{ message, extensions: { code } }] }), { status, headers }));
      };
      const length = request.headers.get("content-length");
      const multipart = request.headers.get("content-type")?.startsWith("multipart/form-data") ?? false;
      if (Number(length ?? 0) > maxImageBytes + OVERHEAD) refuse(413, "IMAGE_TOO_LARGE", `The request is too large: ${allowed}.`);
      else if (request.method === "POST" && length === null && !multipart) {
        refuse(411, "BAD_USER_INPUT", "The request does not say its length: send the header Content-Length.");
      }
    },
  };
}
