import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { contentTypeOf } from "./content-type.ts";
import { checkKey, checkKeyPrefix, checkUploadKey } from "./object-key.ts";
import {
  type ObjectStore,
  type PutCondition,
  type StoredFacts,
  type StoredObject,
  UPLOAD_SECONDS,
  type UploadUrl,
  uploadHeaders,
} from "./object-store.ts";

export interface S3Options {
  readonly bucket: string;
  /** Of an S3-compatible store; AWS's own in AWS_REGION where it is left out. */
  readonly endpoint?: string | undefined;
  /** Whether the bucket stands in the path of its URLs rather than in their host; AWS's stands in the host. Default false. */
  readonly pathStyle?: boolean;
  /** Milliseconds without a byte after which a request is taken for lost, and sent again. Default 30,000; the largest object takes a second or two. */
  readonly timeoutMs?: number;
}

/** The longest page of S3. */
const PAGE = 1000;

/** How often a conditional put is tried that S3 could not decide because another one was under way. */
const CONFLICTS = 10;

/** Milliseconds that each of these waits for longer than the one before, the first for none. */
const CONFLICT_MS = 20;

/**
 * Objects in a bucket of S3, or of a server that speaks its protocol and knows conditional puts; credentials and region are the
 * environment's. An etag is made of the content, so putting the same bytes again does not change it.
 */
export function s3Store({ bucket, endpoint, pathStyle = false, timeoutMs = 30_000 }: S3Options): ObjectStore {
  const client = new S3Client({
    ...(endpoint === undefined ? {} : { endpoint }),
    forcePathStyle: pathStyle,
    // Servers other than AWS's do not know the newer checksums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // Without `throwOnRequestTimeout` the SDK only warns. `socketTimeout` is for an answer that stops in the middle.
    requestHandler: {
      connectionTimeout: Math.min(5000, timeoutMs),
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      socketTimeout: timeoutMs,
    },
  });

  function get(key: string, unlessEtag: string): Promise<StoredObject | null | "unchanged">;
  function get(key: string): Promise<StoredObject | null>;
  async function get(key: string, unlessEtag?: string): Promise<StoredObject | null | "unchanged"> {
    checkKey(key);
    const IfNoneMatch = unlessEtag === undefined ? undefined : `"${unlessEtag}"`;
    try {
      const found = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, IfNoneMatch }));
      return { bytes: (await found.Body?.transformToByteArray()) ?? new Uint8Array(), etag: unquoted(found.ETag) };
    } catch (error) {
      switch (statusOf(error)) {
        case 304:
          return "unchanged";
        case 404:
          return null;
        default:
          throw error;
      }
    }
  }

  async function head(key: string): Promise<StoredFacts | null> {
    checkKey(key);
    try {
      const found = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      return { etag: unquoted(found.ETag), size: found.ContentLength ?? 0 };
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw error;
    }
  }

  async function put(key: string, bytes: Uint8Array, condition: PutCondition = {}): Promise<string | null> {
    checkKey(key);
    const command = {
      Bucket: bucket,
      Key: key,
      Body: bytes,
      ContentType: contentTypeOf(key),
      IfMatch: condition.ifMatch,
      IfNoneMatch: condition.ifAbsent ? "*" : undefined,
      Metadata: { put: randomUUID() },
    };
    for (let conflicts = 0, sent = 0; ; conflicts++) {
      try {
        return unquoted((await client.send(new PutObjectCommand(command))).ETag);
      } catch (error) {
        const status = statusOf(error);
        sent += attemptsOf(error);
        if (status === 409 && conflicts < CONFLICTS) {
          await setTimeout(CONFLICT_MS * conflicts);
          continue;
        }
        // 404: there is nothing that could match.
        if (status !== 412 && !(status === 404 && condition.ifMatch !== undefined)) throw error;
        return sent > 1 ? etagWherePutBy(command.Metadata.put, key) : null;
      }
    }
  }

  /** A put that was sent again because its answer had got lost meets its own object: its content may be another's, its mark is not. */
  async function etagWherePutBy(mark: string, key: string): Promise<string | null> {
    const stored = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return stored.Metadata?.["put"] === mark ? unquoted(stored.ETag) : null;
  }

  /**
   * AWS compares the version itself; a server that does not know conditional deletes ignores the header, so the version is looked at
   * before, too, which leaves it the time of a request.
   */
  async function remove(key: string, ifMatch?: string): Promise<boolean> {
    checkKey(key);
    if (ifMatch !== undefined) {
      const found = await head(key);
      if (found === null || found.etag !== ifMatch) return found === null;
    }
    try {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, IfMatch: ifMatch && `"${ifMatch}"` }));
      return true;
    } catch (error) {
      const status = statusOf(error);
      if (status === 404) return true;
      if (status === 412 || status === 409) return false;
      throw error;
    }
  }

  async function list(prefix: string, after: string | undefined, limit: number): Promise<readonly string[]> {
    checkKeyPrefix(prefix);
    const keys: string[] = [];
    let last = after;
    while (keys.length < limit) {
      const MaxKeys = Math.min(PAGE, limit - keys.length);
      const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, StartAfter: last, MaxKeys }));
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key);
      if (!page.IsTruncated || keys.length === 0) break;
      last = keys[keys.length - 1];
    }
    return keys;
  }

  /** Presigned: S3 takes no other length and no other type. It ends sooner where the credentials that sign it do. */
  async function uploadUrl(key: string, bytes: number): Promise<UploadUrl> {
    checkUploadKey(key);
    const expiresAt = new Date(Date.now() + UPLOAD_SECONDS * 1000);
    const ContentType = uploadHeaders.find(({ name }) => name === "content-type")!.value;
    const command = new PutObjectCommand({ Bucket: bucket, Key: key, ContentLength: bytes, ContentType });
    const signableHeaders = new Set(["host", "content-length", "content-type"]);
    const url = await getSignedUrl(client, command, { expiresIn: UPLOAD_SECONDS, signableHeaders });
    return { url, headers: uploadHeaders, expiresAt };
  }

  return { get, head, put, remove, list, uploadUrl };
}

/** With a conditional put, Ceph's server takes an etag without its quotes only, and AWS either; a get takes it with them. */
function unquoted(etag: string | undefined): string {
  if (etag === undefined) throw new Error("The S3 server has sent an object without an etag");
  return etag.replaceAll('"', "");
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

function attemptsOf(error: unknown): number {
  return error instanceof S3ServiceException ? (error.$metadata.attempts ?? 1) : 1;
}
