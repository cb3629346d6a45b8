import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Paths on the server's own origin that whoever has them may use, for one method and for a while. */
export interface PathSigner {
  /** The path with these parameters, `expires` (seconds since 1970) and `signature`. */
  sign(method: "GET" | "PUT", path: string, expires: number, parameters?: Readonly<Record<string, string>>): string;
  /** For how many seconds the URL is still good for the method; 0 where it has expired, or was never signed as it is. */
  secondsLeft(method: "GET" | "PUT", url: URL): number;
}

const LAST_PARAMETER = "&signature=";

/**
 * Signs with HMAC-SHA-256, over the method and all of the path that stands before the signature.
 *
 * @param secret gives what is shared by all who sign and check; by default one that nobody else has
 */
export function pathSigner(secret: () => Uint8Array = own()): PathSigner {
  const signatureOf = (method: string, path: string) => createHmac("sha256", secret()).update(`${method} ${path}`).digest("hex");
  return {
    sign(method, path, expires, parameters = {}) {
      const query = new URLSearchParams({ ...parameters, expires: String(expires) });
      const unsigned = `${path}?${query}`;
      return `${unsigned}${LAST_PARAMETER}${signatureOf(method, unsigned)}`;
    },
    secondsLeft(method, { pathname, search, searchParams }) {
      const at = search.lastIndexOf(LAST_PARAMETER);
      if (at < 0) return 0;
      const signature = Buffer.from(search.slice(at + LAST_PARAMETER.length));
      const expected = Buffer.from(signatureOf(method, pathname + search.slice(0, at)));
      if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return 0;
      return Math.max(0, Number(searchParams.get("expires")) - Math.floor(Date.now() / 1000));
    },
  };
}

function own(): () => Uint8Array {
  const secret = randomBytes(32);
  return () => secret;
}
