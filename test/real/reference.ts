import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The folder of reference data that are not in the repository, because they are not ours to give: an ImageNet model
 * (models/vit-tiny-patch16-224), photographs (images) and the numbers of the authors' code on them (golden-real); small models of many
 * kinds with what is true of them (cases/models).
 * The environment variable VITCX_REFERENCE names it; the tests that need it are skipped where it is not there.
 */
export const reference = process.env.VITCX_REFERENCE ?? "";

export const hasReference = reference !== "" && existsSync(join(reference, "golden-real"));

export function readReference(path: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(reference, path)));
}

/** The numbers of a file of half precision. */
export function half(path: string): Float64Array {
  return Float64Array.from(new Uint16Array(readReference(path).buffer), (bits) => {
    const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
    const value = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
    return bits >> 15 ? -value : value;
  });
}
