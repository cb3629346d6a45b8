import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createYoga } from "graphql-yoga";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { uploads } from "../../functions/http/uploads.ts";
import { filesystemStore } from "../../lib/storage/filesystem-store.ts";
import { pathSigner } from "../../lib/storage/signed-path.ts";
import { objectStoreContract } from "./object-store.contract.ts";

const newRoot = () => mkdtemp(join(tmpdir(), "vitcx-store-"));
const remove = (folder: string) => rm(folder, { recursive: true, force: true });

objectStoreContract("filesystemStore", async () => {
  const root = await newRoot();
  const signer = pathSigner();
  const store = filesystemStore(root, signer);
  const yoga = createYoga({ plugins: [uploads(store, signer)], logging: false });
  const server = createServer((request, response) => void yoga(request, response));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const cleanup = async () => {
    server.close().closeAllConnections();
    await remove(root);
  };
  return { store, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, cleanup };
});

describe("filesystemStore in its folder", () => {
  let root: string;
  beforeEach(async () => {
    root = await newRoot();
  });
  afterEach(() => remove(root));

  const one = new TextEncoder().encode("one");

  test("keeps objects as files, and leaves no temporary file behind", async () => {
    const store = filesystemStore(root);
    await store.put("a/b.txt", one);
    expect(await store.put("a/b.txt", one, { ifAbsent: true })).toBeNull();
    expect(await readFile(join(root, "a/b.txt"), "utf8")).toBe("one");
    expect(await readdir(join(root, ".tmp"))).toEqual([]);
  });

  test("reads what another store on the same folder put", async () => {
    const etag = await filesystemStore(root).put("a", one);
    expect(await filesystemStore(root).get("a", etag ?? "")).toBe("unchanged");
  });

  test("never gives a key the same etag twice, however fast the puts and whatever the clock", async () => {
    const store = filesystemStore(root);
    const etags = new Set<string | null>();
    for (let i = 0; i < 100; i++) etags.add(await store.put("a", Uint8Array.of(i)));
    expect(etags.size).toBe(100);

    const nextYear = new Date(Date.now() + 365 * 86_400_000);
    await utimes(join(root, "a"), nextYear, nextYear);
    await store.put("a", one);
    expect((await stat(join(root, "a"))).mtimeMs).toBeGreaterThan(nextYear.getTime());
  });

  test("removes the temporary files of processes long gone, and no others", async () => {
    await filesystemStore(root).put("a", one);
    await writeFile(join(root, ".tmp", "old"), "");
    await writeFile(join(root, ".tmp", "new"), "");
    const twoHoursAgo = new Date(Date.now() - 7_200_000);
    await utimes(join(root, ".tmp", "old"), twoHoursAgo, twoHoursAgo);
    await filesystemStore(root).put("b", one);
    expect(await readdir(join(root, ".tmp"))).toEqual(["new"]);
  });

  test("removes what was uploaded a day ago when somebody uploads again", async () => {
    const store = filesystemStore(root);
    for (const key of ["uploads/ann/old", "uploads/ann/new", "explanations/old"]) {
      await store.put(key, one);
      const hoursAgo = new Date(Date.now() - (key.endsWith("new") ? 23 : 25) * 3_600_000);
      await utimes(join(root, key), hoursAgo, hoursAgo);
    }
    await store.uploadUrl("uploads/ann/next", 3);
    expect(await store.list("", undefined, 10)).toEqual(["explanations/old", "uploads/ann/new"]);
  });

  test("has no object where a folder is, and none below an object", async () => {
    const store = filesystemStore(root);
    await store.put("a/b", one);
    expect(await store.get("a")).toBeNull();
    expect(await store.get("a/b/c")).toBeNull();
    await expect(store.put("a", one)).rejects.toThrow("EISDIR");
    await expect(store.put("a", one, { ifAbsent: true })).rejects.toThrow("EISDIR");
    await expect(store.put("a/b/c", one)).rejects.toThrow("EEXIST");
    expect(await store.list("", undefined, 10)).toEqual(["a/b"]);
    expect(await readdir(join(root, ".tmp"))).toEqual([]);
  });

  test("passes over files that no put can have made", async () => {
    const store = filesystemStore(root);
    await store.put("a", one);
    await writeFile(join(root, ".DS_Store"), "");
    await writeFile(join(root, "a copy"), "");
    expect(await store.list("", undefined, 10)).toEqual(["a"]);
  });
});
