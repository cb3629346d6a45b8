import { hkdfSync, randomBytes } from "node:crypto";
import type { ObjectStore } from "../../lib/storage/object-store.ts";
import { hashOf, type KeyList, readKeyList } from "./key-list.ts";
import type { Owner, OwnerLimits } from "./limits.ts";

/** Who holds a key. */
export interface KeyHolders {
  /** Whether nobody needs a key. */
  readonly isOpen: boolean;
  /** Learns of keys that were added or ended; cheap, and to be awaited before each request. Never throws. */
  refresh(): Promise<void>;
  /** Whose key it is; undefined where it is nobody's. Without keys all are one owner, "local". */
  ownerOf(key: string): Owner | undefined;
  /** What signs URLs for who cannot send a key, such as a page's pictures: the same in all processes that know the keys. */
  secret(): Uint8Array;
}

/** The holders of the keys that the environment lists, `owner=key` each; an empty list is no need of a key. */
export function listedHolders(pairs: readonly string[], limits: OwnerLimits): KeyHolders {
  const isOpen = pairs.length === 0;
  const owners = new Map(
    pairs.map((pair): [string, Owner] => {
      const at = pair.indexOf("=");
      return [hashOf(pair.slice(at + 1)), { name: pair.slice(0, at), limits }];
    }),
  );
  const secret = isOpen ? randomBytes(32) : hkdfSync("sha256", pairs.toSorted().join(","), "", "vitcx: signed URLs", 32);
  return {
    isOpen,
    refresh: async () => undefined,
    ownerOf: (key) => (isOpen ? { name: "local", limits } : owners.get(hashOf(key))),
    secret: () => new Uint8Array(secret),
  };
}

/** How long a process may not know of a key that was added or ended: milliseconds. */
const REFRESH_MS = 30_000;

/** The holders of the keys whose hashes the store lists: see `vitcx keys`. Without a list nobody may use the API. */
export function storedHolders(
  store: ObjectStore,
  limits: OwnerLimits,
  onError: (error: unknown) => void,
  refreshMs = REFRESH_MS,
): KeyHolders {
  let etag: string | undefined;
  let owners: ReadonlyMap<string, Owner> = new Map();
  let secret: Uint8Array = randomBytes(32);
  let readAt = -Infinity;
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    try {
      const found = await readKeyList(store, etag);
      if (found !== "unchanged") take(found?.list, found?.etag);
      readAt = performance.now();
    } catch (error) {
      // Those that are known stay, and the next request tries again.
      onError(error);
    } finally {
      reading = undefined;
    }
  }

  function take(list: KeyList | undefined, version: string | undefined): void {
    const entries = list?.keys.map(({ owner, sha256 }): [string, Owner] => {
      return [sha256, { name: owner, limits: { ...limits, ...list.limits[owner] } }];
    });
    owners = new Map(entries);
    etag = version;
    if (list) secret = Buffer.from(list.secret, "base64");
  }

  return {
    isOpen: false,
    refresh: async () => {
      if (performance.now() - readAt < refreshMs) return;
      await (reading ??= read());
    },
    ownerOf: (key) => owners.get(hashOf(key)),
    secret: () => secret,
  };
}
