/** A value and its version: `etag` changes with every put. */
export interface StoredObject {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/** What is known of a stored object without its bytes. */
export interface StoredFacts {
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
}

/** A file of a store that is a folder. */
export interface StoredFile {
  readonly key: string;
  /** What it takes on the disk: bytes. */
  readonly bytes: number;
  /** When it was last put: milliseconds since 1970. */
  readonly changed: number;
}

/** At most one of the two; a put without either overwrites. */
export interface PutCondition {
  /** Put only where the stored version is this one. */
  readonly ifMatch?: string;
  /** Put only where nothing is stored. */
  readonly ifAbsent?: true;
}

/** Where a client may put an object by itself, with one HTTP request. */
export interface UploadUrl {
  /** An absolute URL, or a path on the server's own origin. It is the credential: whoever has it may use it. */
  readonly url: string;
  /** To be sent with the PUT. */
  readonly headers: readonly Header[];
  readonly expiresAt: Date;
}

interface Header {
  readonly name: string;
  readonly value: string;
}

/** How long an upload's URL can be used: seconds. */
export const UPLOAD_SECONDS = 15 * 60;

/** What is uploaded is bytes of no kind until somebody has looked at them. */
export const uploadHeaders: readonly Header[] = [{ name: "content-type", value: "application/octet-stream" }];

/**
 * Bytes by key, with S3's promises: a put is all or nothing and durable once it returns, a get sees the last put, and a
 * conditional put is atomic among all processes. Keys are `/`-separated segments of letters, digits, `.`, `_` and `-`, none of
 * them beginning with a dot; every call throws a TypeError for any other key. No key is another's folder (`a` beside `a/b`).
 */
export interface ObjectStore {
  /** The stored object; null where there is none; "unchanged" where its version is still `unlessEtag` (cheap: made for polling). */
  get(key: string, unlessEtag: string): Promise<StoredObject | null | "unchanged">;
  get(key: string): Promise<StoredObject | null>;
  /** What is stored, without its bytes; null where nothing is. */
  head(key: string): Promise<StoredFacts | null>;
  /** The new etag, or null where the condition did not hold and nothing was written. */
  put(key: string, bytes: Uint8Array, condition?: PutCondition): Promise<string | null>;
  /**
   * Removes what is stored, where it is the version `ifMatch`, or whichever it is without it. False where another version is there,
   * and nothing was removed; true where nothing is there (any more).
   */
  remove(key: string, ifMatch?: string): Promise<boolean>;
  /** At most `limit` keys that begin with `prefix`, in ascending order of their code units, those up to and including `after` left out. */
  list(prefix: string, after: string | undefined, limit: number): Promise<readonly string[]>;
  /**
   * Where a client may put exactly `bytes` bytes under the key, more than once, for a quarter of an hour. The key begins with
   * `uploads/`; what lies there is kept for a day at least, and not much longer.
   */
  uploadUrl(key: string, bytes: number): Promise<UploadUrl>;
}

/** All keys that begin with `prefix`, in ascending order, `size` at a time. */
export async function* pagesOf(
  store: Pick<ObjectStore, "list">,
  prefix: string,
  size: number,
): AsyncGenerator<readonly string[]> {
  for (let page = await store.list(prefix, undefined, size); page.length > 0;) {
    yield page;
    page = await store.list(prefix, page[page.length - 1], size);
  }
}
