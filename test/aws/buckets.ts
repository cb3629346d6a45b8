import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";

/** A real S3 server for the tests that want one, such as test/aws/radosgw.sh starts. */
export const realS3 = process.env["VITCX_TEST_S3"];

/** Where the environment has none: those that radosgw.sh knows; fauxqs takes any. */
export function useTestCredentials(): void {
  process.env["AWS_ACCESS_KEY_ID"] ??= "test";
  process.env["AWS_SECRET_ACCESS_KEY"] ??= "testsecret";
  process.env["AWS_REGION"] ??= "us-east-1";
}

function clientOf(endpoint: string): S3Client {
  return new S3Client({ endpoint, forcePathStyle: true, requestChecksumCalculation: "WHEN_REQUIRED" });
}

export async function createBucket(endpoint: string, bucket: string): Promise<void> {
  await clientOf(endpoint).send(new CreateBucketCommand({ Bucket: bucket }));
}

/** Removes a bucket and what is in it. */
export async function removeBucket(endpoint: string, bucket: string): Promise<void> {
  const client = clientOf(endpoint);
  for (;;) {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
    if (Contents.length === 0) break;
    const Objects = Contents.map(({ Key }) => ({ Key: Key! }));
    await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
  }
  await client.send(new DeleteBucketCommand({ Bucket: bucket }));
}
