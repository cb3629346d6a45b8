import { hkdfSync } from "node:crypto";
import { type PathSigner, pathSigner } from "../../lib/storage/signed-path.ts";

/**
 * The signer of URLs for who cannot send an API key, such as a page's pictures. All that know the API's keys sign alike; where
 * there are none, each process by itself.
 */
export function urlSigner(apiKeys: readonly string[]): PathSigner {
  if (apiKeys.length === 0) return pathSigner();
  return pathSigner(new Uint8Array(hkdfSync("sha256", apiKeys.toSorted().join(","), "", "vitcx: signed URLs", 32)));
}
