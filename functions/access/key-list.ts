import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { CodedError } from "../../lib/errors.ts";
import type { ObjectStore } from "../../lib/storage/object-store.ts";
import { limitsSchema, type OwnerLimits } from "./limits.ts";

/** Where the list lies in the store. Clients reach no key of the store but those of explanations and uploads. */
export const KEY_LIST = "access/keys.json";

const owner = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

const keyListSchema = z.object({
  version: z.literal(1),
  /** Of signed URLs, in base64. It stays when keys change. */
  secret: z.base64().min(1),
  /** Keys are random, of 24 bytes: their SHA-256, in hex, needs no salt and tells nothing of them. An owner may have several. */
  keys: z.array(z.object({ owner, sha256: z.string().regex(/^[0-9a-f]{64}$/), created: z.iso.datetime() })).readonly(),
  /** What owners may use where it is not what everybody may. */
  limits: z.record(owner, limitsSchema).readonly(),
});

/** Who may use the API, by the hashes of their keys. */
export type KeyList = Readonly<z.output<typeof keyListSchema>>;

export interface StoredKeyList {
  readonly list: KeyList;
  readonly etag: string;
}

/**
 * The list that the store holds; null where there is none; "unchanged" where it still has this etag.
 *
 * @throws Error where it is damaged
 */
export async function readKeyList(store: ObjectStore, etag?: string): Promise<StoredKeyList | null | "unchanged"> {
  const found = await (etag === undefined ? store.get(KEY_LIST) : store.get(KEY_LIST, etag));
  if (found === null || found === "unchanged") return found;
  try {
    return { list: keyListSchema.parse(JSON.parse(new TextDecoder().decode(found.bytes))), etag: found.etag };
  } catch (cause) {
    throw new Error(`The list of keys, ${KEY_LIST} in the store, cannot be read.`, { cause });
  }
}

export function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** Makes a key for an owner. The key, which nobody can learn again. */
export async function addKey(store: ObjectStore, forOwner: string): Promise<string> {
  checkOwner(forOwner);
  const key = randomBytes(24).toString("base64url");
  const added = { owner: forOwner, sha256: hashOf(key), created: new Date().toISOString() };
  await change(store, (list) => ({ ...list, keys: [...list.keys, added] }));
  return key;
}

/** Ends keys: all of an owner, or the one whose hash begins so (8 digits or more). How many. Throws BAD_USER_INPUT where there is none. */
export async function removeKeys(store: ObjectStore, ownerOrHash: string): Promise<number> {
  let removed = 0;
  await change(store, (list) => {
    const isMeant = ({ owner, sha256 }: KeyList["keys"][number]) =>
      owner === ownerOrHash || (/^[0-9a-f]{8,64}$/.test(ownerOrHash) && sha256.startsWith(ownerOrHash));
    const keys = list.keys.filter((key) => !isMeant(key));
    removed = list.keys.length - keys.length;
    if (removed === 0)
      throw new CodedError("BAD_USER_INPUT", `There is no key of ${JSON.stringify(ownerOrHash)}; see vitcx keys list.`);
    return { ...list, keys };
  });
  return removed;
}

/** Sets what an owner may use; without limits, what everybody may. */
export async function limitOwner(store: ObjectStore, forOwner: string, limits: OwnerLimits | null): Promise<void> {
  checkOwner(forOwner);
  await change(store, (list) => {
    const { [forOwner]: _, ...others } = list.limits;
    return { ...list, limits: limits === null ? others : { ...others, [forOwner]: limits } };
  });
}

function checkOwner(name: string): void {
  if (owner.safeParse(name).success) return;
  throw new CodedError(
    "BAD_USER_INPUT",
    `Expected an owner of 1 to 64 letters, digits, "-" and "_", got ${JSON.stringify(name)}.`,
  );
}

async function change(store: ObjectStore, next: (list: KeyList) => KeyList): Promise<void> {
  for (;;) {
    const stored = await readKeyList(store);
    if (stored === "unchanged") throw new Error("Expected a list, for no etag was given");
    const empty: KeyList = { version: 1, secret: randomBytes(32).toString("base64"), keys: [], limits: {} };
    const bytes = new TextEncoder().encode(`${JSON.stringify(next(stored?.list ?? empty), null, 2)}\n`);
    // Two people may change it at a time: whoever comes second changes what the first one has left.
    if ((await store.put(KEY_LIST, bytes, stored === null ? { ifAbsent: true } : { ifMatch: stored.etag })) !== null) return;
  }
}
