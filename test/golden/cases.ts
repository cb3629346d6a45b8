import { completeLinkage, cutTree } from "../../lib/masks/complete-linkage.ts";
import { cosineDistance } from "../../lib/masks/cosine-distance.ts";
import { normaliseMaps } from "../../lib/masks/mask-grids.ts";
import { mergeMasks } from "../../lib/masks/merged-masks.ts";
import { golden, goldenScalar } from "./golden.ts";
import type { NoiseOf } from "../../lib/causal-impact-score/noise.ts";

/** The reference noise: entry k of noise_q, Z = fl32(q / 32 · fl32(0.1)). */
export function goldenNoise(entryOf: (k: number) => number): NoiseOf {
  const quantised = golden<"int8">("noise_q");
  const sd = Math.fround(0.1);
  return (k, into) => {
    const from = entryOf(k) * into.length;
    for (let i = 0; i < into.length; i++) into[i] = (quantised.data[from + i]! / 32) * sd;
  };
}

/** The three tiny networks of the reference data, all for 64 × 64 pixels. */
export const cases = [
  { name: "vit", folder: "vitcx_vit", file: "tiny_vit_op17.onnx" },
  { name: "distilled DeiT", folder: "vitcx_deit", file: "tiny_deit_distilled_op16.onnx" },
  { name: "Swin", folder: "vitcx_swin", file: "tiny_swin_op17.onnx" },
] as const;

export const extent = { height: 64, width: 64 };

/** The merged masks of a case's stored features, and of each the number that scikit-learn gave its cluster. */
export function mergedMasks(folder: string) {
  const { masks } = normaliseMaps(golden(`${folder}/features`), extent);
  const labels = cutTree(completeLinkage(cosineDistance(masks, extent)), masks.shape[0]!, goldenScalar(`${folder}/delta`));
  const authorsLabels = golden<"int32">(`${folder}/labels`).data.subarray(goldenScalar(`${folder}/row`) * masks.shape[0]!);
  const merged = mergeMasks(masks, labels, extent);
  return { masks: merged.masks, members: merged.members, labelOf: (k: number) => authorsLabels[merged.members[k]![0]!]! };
}
