import fc from "fast-check";
import { test as base, describe, expect, vi } from "vitest";
import { type ObjectStore, UPLOAD_SECONDS, type UploadUrl } from "../../lib/storage/object-store.ts";

interface StoreUnderTest {
  /** An empty store. */
  readonly store: ObjectStore;
  /** Of the server that takes the store's uploads, where their URLs do not say. */
  readonly origin?: string;
  readonly cleanup: () => Promise<void>;
}

/** What every ObjectStore promises; each case has a store of its own. */
export function objectStoreContract(name: string, make: () => Promise<StoreUnderTest>): void {
  const test = base.extend<{ made: StoreUnderTest; store: ObjectStore; upload: Upload }>({
    // oxlint-disable-next-line no-empty-pattern -- vitest reads the fixtures that are needed from the pattern
    made: async ({}, use) => {
      const made = await make();
      await use(made);
      await made.cleanup();
    },
    store: ({ made }, use) => use(made.store),
    upload: ({ made }, use) => use((target, body, changes) => put(target, made.origin, body, changes)),
  });

  describe(name, () => {
    test("gives back what was put", async ({ store }) => {
      const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i % 256);
      const etag = await store.put("images/a-B_0.1/input.bin", bytes);
      expect(await read(store, "images/a-B_0.1/input.bin")).toEqual({ bytes: [...bytes], etag });
    });

    test("keeps empty bytes apart from nothing", async ({ store }) => {
      await store.put("empty", new Uint8Array());
      expect((await store.get("empty"))?.bytes.length).toBe(0);
      expect(await store.get("absent")).toBeNull();
      expect(await store.get("no/such/folder")).toBeNull();
    });

    test("tells of what is stored without its bytes", async ({ store }) => {
      const etag = await store.put("folder/a", text("one"));
      expect(await store.head("folder/a")).toEqual({ etag, size: 3 });
      const changed = await store.put("folder/a", text("three"));
      expect(await store.head("folder/a")).toEqual({ etag: changed, size: 5 });
      expect(await store.head("folder")).toBeNull();
      expect(await store.head("folder/b")).toBeNull();
      await expect(store.head("../a")).rejects.toThrow(TypeError);
    });

    test("overwrites, with a new etag", async ({ store }) => {
      const first = await store.put("a", text("one"));
      const second = await store.put("a", text("two"));
      expect(second).not.toBe(first);
      expect(await read(store, "a")).toEqual({ bytes: [...text("two")], etag: second });
    });

    test("puts where nothing is stored, once", async ({ store }) => {
      const etag = await store.put("a", text("one"), { ifAbsent: true });
      expect(etag).toEqual(expect.any(String));
      expect(await store.put("a", text("two"), { ifAbsent: true })).toBeNull();
      expect(await read(store, "a")).toEqual({ bytes: [...text("one")], etag });
    });

    test("replaces the version asked for and no other", async ({ store }) => {
      const first = await etagOfPut(store.put("a", text("one")));
      const second = await etagOfPut(store.put("a", text("two"), { ifMatch: first }));
      expect(await store.put("a", text("three"), { ifMatch: first })).toBeNull();
      expect(await read(store, "a")).toEqual({ bytes: [...text("two")], etag: second });
    });

    test("replaces nothing where nothing is stored", async ({ store }) => {
      const etag = await etagOfPut(store.put("a", text("one")));
      expect(await store.put("b", text("two"), { ifMatch: etag })).toBeNull();
      expect(await store.get("b")).toBeNull();
    });

    test("removes what is stored, and nothing else", async ({ store }) => {
      await Promise.all(["a/b/c", "a/b/d", "a/bc", "e"].map((key) => store.put(key, text(key))));
      expect(await store.remove("a/b/c")).toBe(true);
      expect(await store.get("a/b/c")).toBeNull();
      expect(await store.list("", undefined, 10)).toEqual(["a/b/d", "a/bc", "e"]);
      expect(await store.remove("a/b/c")).toBe(true);
      expect(await store.remove("no/such/key")).toBe(true);
      expect(await store.remove("a/b")).toBe(true);
      expect(await store.list("", undefined, 10)).toEqual(["a/b/d", "a/bc", "e"]);
      await store.put("a/b/c", text("again"), { ifAbsent: true });
      expect((await read(store, "a/b/c"))?.bytes).toEqual([...text("again")]);
      await expect(store.remove("../e")).rejects.toThrow(TypeError);
    });

    test("removes the version that was meant, and no later one", async ({ store }) => {
      const first = await etagOfPut(store.put("a/b", text("one")));
      const second = await etagOfPut(store.put("a/b", text("two")));
      expect(await store.remove("a/b", first)).toBe(false);
      expect((await read(store, "a/b"))?.bytes).toEqual([...text("two")]);
      expect(await store.remove("a/b", second)).toBe(true);
      expect(await store.get("a/b")).toBeNull();
      expect(await store.remove("a/b", second)).toBe(true);
    });

    test("puts into a folder that others empty meanwhile", async ({ store }) => {
      const round = async (name: string): Promise<void> => {
        for (let i = 0; i < 15; i++) {
          expect(await store.put(`a/b/${name}`, text(name))).toEqual(expect.any(String));
          expect(await store.get(`a/b/${name}`)).not.toBeNull();
          expect(await store.remove(`a/b/${name}`)).toBe(true);
        }
      };
      await Promise.all(["c", "d", "e", "f"].map(round));
      expect(await store.list("", undefined, 10)).toEqual([]);
    });

    test("says unchanged until the next put", async ({ store }) => {
      const first = await etagOfPut(store.put("a", text("one")));
      expect(await store.get("a", first)).toBe("unchanged");
      expect(await store.get("a", first)).toBe("unchanged");
      const second = await etagOfPut(store.put("a", text("two")));
      expect(await store.get("a", first)).toMatchObject({ etag: second });
      expect(await store.get("a", second)).toBe("unchanged");
      expect(await store.get("b", second)).toBeNull();
    });

    test("lets one of 20 racing creators win", async ({ store }) => {
      const racers = Array.from({ length: 20 }, (_, i) => `racer ${i}`);
      const etags = await Promise.all(racers.map((racer) => store.put("a", text(racer), { ifAbsent: true })));
      const winners = racers.filter((_, i) => etags[i] !== null);
      expect(winners).toHaveLength(1);
      expect(await read(store, "a")).toEqual({
        bytes: [...text(winners[0] ?? "")],
        etag: etags.find((etag) => etag !== null),
      });
    });

    test("loses no increment of concurrent compare-and-swap loops", async ({ store }) => {
      await store.put("count", text("0"));
      const increment = async (): Promise<void> => {
        for (;;) {
          const current = await store.get("count");
          const next = text(String(Number(new TextDecoder().decode(current?.bytes)) + 1));
          if ((await store.put("count", next, { ifMatch: current?.etag ?? "" })) !== null) return;
        }
      };
      const loops = Array.from({ length: 5 }, async () => {
        for (let i = 0; i < 4; i++) await increment();
      });
      await Promise.all(loops);
      expect((await read(store, "count"))?.bytes).toEqual([...text("20")]);
    });

    test("shows a reader whole objects only", async ({ store }) => {
      const size = 100_000;
      await store.put("a", new Uint8Array(size));
      let writing = true;
      const writer = (async () => {
        for (let value = 1; value <= 10; value++) await store.put("a", new Uint8Array(size).fill(value));
        writing = false;
      })();
      let last = 0;
      while (writing) {
        const bytes = (await store.get("a"))?.bytes ?? new Uint8Array();
        const value = bytes[0] ?? 0;
        expect(bytes.length).toBe(size);
        expect(bytes.every((byte) => byte === value)).toBe(true);
        expect(value).toBeGreaterThanOrEqual(last);
        last = value;
      }
      await writer;
      expect((await store.get("a"))?.bytes[0]).toBe(10);
    });

    test("lists in the order of code units, a page at a time", async ({ store }) => {
      const ordered = ["B", "a-b", "a.b", "a/b", "a/b.c", "a/c/d", "a0", "ab/c", "b"];
      await Promise.all(ordered.toReversed().map((key) => store.put(key, text(key))));
      expect(await store.list("", undefined, 100)).toEqual(ordered);
      expect(await store.list("", undefined, 3)).toEqual(["B", "a-b", "a.b"]);
      expect(await store.list("", "a.b", 3)).toEqual(["a/b", "a/b.c", "a/c/d"]);
      expect(await store.list("", "a/c", 2)).toEqual(["a/c/d", "a0"]);
      expect(await store.list("", "b", 100)).toEqual([]);
    });

    test("lists by a prefix that ends anywhere", async ({ store }) => {
      const keys = ["runs/1", "runs/10/log", "runs/2", "runs-old/1", "run"];
      await Promise.all(keys.map((key) => store.put(key, text(key))));
      expect(await store.list("runs/1", undefined, 100)).toEqual(["runs/1", "runs/10/log"]);
      expect(await store.list("runs/", "runs/1", 100)).toEqual(["runs/10/log", "runs/2"]);
      expect(await store.list("runs", undefined, 2)).toEqual(["runs-old/1", "runs/1"]);
      expect(await store.list("runs/3", undefined, 100)).toEqual([]);
      expect(await store.list("runs/1/", undefined, 100)).toEqual([]);
      expect(await store.list("no/such/folder/", undefined, 100)).toEqual([]);
    });

    test("lists as a sorted array of its keys would", async ({ store }) => {
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(keySets, fc.array(listings, { minLength: 10, maxLength: 10 }), async (keys, queries) => {
          const folder = `run-${runs++}/`;
          await Promise.all(keys.map((key) => store.put(folder + key, text(key))));
          for (const { prefix, after, limit } of queries) {
            const expected = keys.filter((key) => key.startsWith(prefix) && (after === undefined || key > after));
            const page = await store.list(folder + prefix, after === undefined ? undefined : folder + after, limit);
            expect(page).toEqual(
              expected
                .toSorted()
                .slice(0, limit)
                .map((key) => folder + key),
            );
          }
        }),
        { numRuns: 15 },
      );
    });

    test.for(["", "/a", "a/", "a//b", ".", "..", "a/../b", "../a", "a/.b", "a b", "a\\b", "ä", "a\n", "a\0", "a%2Fb"])(
      "refuses the key %j",
      async (key, { store }) => {
        await expect(store.put(key, text("one"))).rejects.toThrow(TypeError);
        await expect(store.get(key)).rejects.toThrow(TypeError);
        await expect(store.uploadUrl(`uploads/${key}`, 1)).rejects.toThrow(TypeError);
        expect(await store.list("", undefined, 1)).toEqual([]);
      },
    );

    test.for(["/", "..", "../", "a/../", "a//", "ä"])("refuses to list by the prefix %j", async (prefix, { store }) => {
      await expect(store.list(prefix, undefined, 1)).rejects.toThrow(TypeError);
    });

    test("takes an upload of the bytes that were announced, and the next one in its place", async ({ store, upload }) => {
      const target = await store.uploadUrl("uploads/ann/1", 70_000);
      expect(target.expiresAt.getTime()).toBeGreaterThan(Date.now());
      for (const first of [0, 1]) {
        const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => (i + first) % 256);
        expect(await upload(target, bytes)).toBe(200);
        expect((await read(store, "uploads/ann/1"))?.bytes).toEqual([...bytes]);
      }
    });

    test.for<[string, string, Changes]>([
      ["fewer bytes", "on", {}],
      ["more bytes", "three", {}],
      ["no bytes", "", {}],
      ["another key", "one", { url: (url) => url.replace("/ann/1", "/ann/2") }],
      ["another owner's", "one", { url: (url) => url.replace("/ann/1", "/bob/1") }],
      ["a key of no upload", "one", { url: (url) => url.replace("/uploads/ann/1", "/explanations/1") }],
      ["another size in its URL", "one", { url: (url) => url.replace("bytes=3", "bytes=5") }],
      ["a later end in the URL", "one", { url: (url) => url.replace(/expires=/i, "$&9") }],
      ["another signature", "one", { url: (url) => url.replace(/.$/, (last) => (last === "0" ? "1" : "0")) }],
      ["no signature", "one", { url: (url) => url.slice(0, url.indexOf("?")) }],
      ["another type", "one", { headers: { "content-type": "text/html" } }],
      ["another method", "one", { method: "POST" }],
    ])("refuses an upload with %s", async ([, body, changes], { store, upload }) => {
      const target = await store.uploadUrl("uploads/ann/1", 3);
      // What one kind of store has in its URLs, another has not: there the URL is as it was.
      const differs = body.length !== 3 || changes.url === undefined || changes.url(target.url) !== target.url;
      expect((await upload(target, text(body), changes)) >= 400).toBe(differs);
      expect(await store.list("", undefined, 10)).toEqual(differs ? [] : ["uploads/ann/1"]);
      expect(await upload(target, text("one"))).toBe(200);
    });

    test("refuses an upload that comes too late", async ({ store, upload }) => {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - (UPLOAD_SECONDS + 60) * 1000 });
      const target = await store.uploadUrl("uploads/ann/1", 3);
      vi.useRealTimers();
      expect(await upload(target, text("one"))).toBe(403);
      expect(await store.get("uploads/ann/1")).toBeNull();
    });

    test.for(["explanations/a", "a", "uploads", "uploadsa/b"])("takes no uploads for the key %j", async (key, { store }) => {
      await expect(store.uploadUrl(key, 1)).rejects.toThrow(TypeError);
    });
  });
}

type Upload = (target: UploadUrl, body: Uint8Array, changes?: Changes) => Promise<number>;

/** What a client does otherwise than it was told. */
interface Changes {
  readonly url?: (url: string) => string;
  readonly headers?: Record<string, string>;
  readonly method?: string;
}

/** Sends a file as an upload's URL says: the status of the answer. */
async function put(target: UploadUrl, origin: string | undefined, body: Uint8Array, changes: Changes = {}): Promise<number> {
  const { url = (same: string) => same, headers = {}, method = "PUT" } = changes;
  const told = Object.fromEntries(target.headers.map(({ name, value }) => [name, value]));
  const init = { method, headers: { ...told, ...headers }, body: Buffer.from(body) };
  const answer = await fetch(new URL(url(target.url), origin), init);
  await answer.arrayBuffer();
  return answer.status;
}

/** Few names, chosen so that they begin alike and sort on both sides of the slash. */
const segments = fc.constantFrom("a", "b", "ab", "a.b", "a-b", "a0", "a_");
const paths = fc.array(segments, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const keySets = fc
  .uniqueArray(paths, { maxLength: 12 })
  .map((keys) => keys.filter((key) => !keys.some((other) => other.startsWith(`${key}/`))));
const listings = fc.record({
  prefix: fc.tuple(paths, fc.nat(9)).map(([path, length]) => path.slice(0, length)),
  after: fc.option(
    fc.tuple(paths, fc.nat(9)).map(([path, length]) => path.slice(0, length)),
    { nil: undefined },
  ),
  limit: fc.integer({ min: 1, max: 12 }),
});

function text(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

/** The bytes as numbers, so that a Buffer equals any other Uint8Array. */
async function read(store: ObjectStore, key: string): Promise<{ bytes: number[]; etag: string } | null> {
  const stored = await store.get(key);
  return stored && { bytes: [...stored.bytes], etag: stored.etag };
}

async function etagOfPut(put: Promise<string | null>): Promise<string> {
  const etag = await put;
  if (etag === null) throw new Error("Expected the put to be done, got null");
  return etag;
}
