import { zipSync } from "fflate";
import { encodeGrey16Png, encodePng } from "../../lib/image/png.ts";
import type { ResultFile } from "../../lib/explanation/results/evidence-files.ts";
import { decodeNpy } from "../../lib/tensor/npy.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";

/** The map among the files of a result, in [0, 1], [H, W]. */
export function mapIn(files: readonly ResultFile[]): Tensor {
  return decodeNpy(files.find(({ name }) => name === "saliency-map.npy")!.bytes);
}

/** The map in grey: 0 is black, 1 is white; of 8 bits, and of 16. */
export async function greyFiles(files: readonly ResultFile[]): Promise<readonly ResultFile[]> {
  const { shape, data } = mapIn(files);
  const [height, width] = shape as [number, number];
  const scaled = (most: number) => Array.from(data, (value) => Math.round(most * value));
  return [
    { name: "saliency-map-8.png", bytes: await encodePng(Uint8Array.from(scaled(255)), width, height) },
    { name: "saliency-map-16.png", bytes: await encodeGrey16Png(Uint16Array.from(scaled(65_535)), width, height) },
  ];
}

/** All .npy and .json files of a result in one that `numpy.load` opens; the same bytes for the same files. */
export function npzFile(files: readonly ResultFile[]): ResultFile {
  const entries = files.filter(({ name }) => /\.(?:npy|json)$/.test(name)).map(({ name, bytes }) => [name, bytes] as const);
  // The earliest date that a zip file can hold, in place of now.
  return { name: "explanation.npz", bytes: zipSync(Object.fromEntries(entries), { mtime: new Date(1980, 0, 1) }) };
}
