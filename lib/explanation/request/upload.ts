import { randomBytes } from "node:crypto";
import { CodedError } from "../../errors.ts";
import type { ObjectStore, UploadUrl } from "../../storage/object-store.ts";
import { keys } from "../keys.ts";

/** An image that is to be sent by itself, because it is too large for a request. */
export interface Upload extends UploadUrl {
  readonly id: string;
}

/**
 * Prepares to receive an image of exactly so many bytes.
 *
 * @throws CodedError BAD_USER_INPUT for less than a byte, IMAGE_TOO_LARGE for more than `maxBytes`
 */
export async function createUpload(store: ObjectStore, owner: string, bytes: number, maxBytes: number): Promise<Upload> {
  if (bytes < 1)
    throw new CodedError("BAD_USER_INPUT", `Expected \`bytes\` to be the size of the file, at least 1, got ${bytes}.`);
  if (bytes > maxBytes) {
    const [has, most] = [bytes, maxBytes].map((count) => count.toLocaleString("en"));
    throw new CodedError(
      "IMAGE_TOO_LARGE",
      `The image is too large: it has ${has} bytes, and an upload may have at most ${most}.`,
    );
  }
  const id = randomBytes(16).toString("hex");
  return { id, ...(await store.uploadUrl(keys.upload(owner, id), bytes)) };
}

/**
 * The image that was put where an upload's URL says.
 *
 * @throws CodedError UPLOAD_UNKNOWN where there is none, or the upload is another owner's
 */
export async function uploadedImage(store: ObjectStore, owner: string, id: string): Promise<Uint8Array> {
  const stored = /^[0-9a-f]{32}$/.test(id) ? await store.get(keys.upload(owner, id)) : null;
  if (stored !== null) return stored.bytes;
  const reason = "PUT the file to its `url` first; what was uploaded is kept for a day.";
  throw new CodedError("UPLOAD_UNKNOWN", `There is no file of the upload ${JSON.stringify(id)}: ${reason}`);
}
