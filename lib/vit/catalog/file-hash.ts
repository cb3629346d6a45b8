import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { resolve, sep } from "node:path";
import { unusable } from "../unusable.ts";

/**
 * SHA-256 of a file of a model's folder, hexadecimal.
 *
 * @throws CodedError MODEL_UNUSABLE where it lies outside the folder or cannot be read
 */
export async function sha256Of(folder: string, file: string): Promise<string> {
  const path = resolve(folder, file);
  if (!path.startsWith(resolve(folder) + sep)) throw unusable(`the file ${file} lies outside the model's folder`);
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Uint8Array);
  } catch (cause) {
    throw unusable(`the file ${file} cannot be read`, cause);
  }
  return hash.digest("hex");
}
