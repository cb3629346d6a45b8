import type { ObjectStore } from "../../lib/storage/object-store.ts";

/** The origin that the store takes uploads at, which the page's policy has to name; undefined where it is the server's own. */
export async function uploadOrigin(store: ObjectStore): Promise<string | undefined> {
  const { url } = await store.uploadUrl("uploads/nobody/nothing", 1);
  return URL.canParse(url) ? new URL(url).origin : undefined;
}
