import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { s3Store } from "../../lib/storage/s3.ts";
import { createBucket, removeBucket, realS3, useTestCredentials } from "../aws/buckets.ts";
import { type LocalAws, startLocalAws } from "../aws/local-aws.ts";
import { objectStoreContract } from "./object-store.contract.ts";

let aws: LocalAws;
beforeAll(async () => {
  useTestCredentials();
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

const newStore = async (endpoint: string) => {
  const bucket = `test-${randomUUID()}`;
  await createBucket(endpoint, bucket);
  return { store: s3Store({ bucket, endpoint, pathStyle: true }), cleanup: () => removeBucket(endpoint, bucket) };
};

objectStoreContract("s3Store on fauxqs", () => newStore(aws.endpoint));

describe.skipIf(realS3 === undefined)("on the S3 server that VITCX_TEST_S3 names", () => {
  objectStoreContract("s3Store", () => newStore(realS3!));

  test("signs URLs that read, for a while, and nothing else", async () => {
    const { store } = await newStore(realS3!);
    await store.put("a/heatmap.png", new TextEncoder().encode("one"));
    const url = await store.url("a/heatmap.png");
    const answer = await fetch(url);
    expect(await answer.text()).toBe("one");
    expect(answer.headers.get("content-type")).toBe("image/png");
    expect((await fetch(url.replace("heatmap.png", "overlay.png"))).status).toBe(403);
    expect((await fetch(url, { method: "PUT", body: "two" })).status).toBe(403);
    expect((await fetch(url.slice(0, url.indexOf("?")))).status).toBe(403);
  });
});
