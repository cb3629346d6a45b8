import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe } from "vitest";
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
});
