import type { ObjectStore } from "../storage/object-store.ts";

/** The bytes of an object that the log says is there. Throws Error, a defect or a loss, where it is not. */
export async function readObject(store: ObjectStore, key: string): Promise<Uint8Array> {
  const stored = await store.get(key);
  if (stored === null) throw new Error(`${key} is missing`);
  return stored.bytes;
}
