import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { InstalledModel } from "../../lib/vit/catalog/catalog.ts";
import type { Manifest } from "../../lib/vit/catalog/manifest.ts";
import manifest from "../golden/manifest.json" with { type: "json" };

const folder = fileURLToPath(new URL("../golden/models/", import.meta.url));

/** Where the patch embeddings lie in the four tiny networks, as those who made them say. */
export const tinyGraphs = Object.entries(manifest.models).map(
  ([file, { embedding_tensor: tensor, skip_tokens: prefixTokens }]) => ({
    file,
    tensor,
    prefixTokens,
  }),
);

/** The bytes of a tiny network. */
export function tinyFile(file: string): Uint8Array {
  return readFileSync(folder + file);
}

/** A manifest of the tiny networks: 64 × 64 pixels, ten classes, everything about the embeddings left to be found. */
export function tinyManifest(changes: Partial<Manifest> = {}): Manifest {
  return {
    id: "tiny",
    title: "A tiny network with random weights",
    licence: "MIT",
    file: "model.onnx",
    sha256: "0".repeat(64),
    labels: Array.from({ length: 10 }, (_, i) => `class ${i}`),
    input: {
      width: 64,
      height: 64,
      mean: [0.5, 0.5, 0.5],
      sd: [0.5, 0.5, 0.5],
      resize: { fit: "stretch" },
      interpolation: "bilinear",
    },
    output: "logits",
    embedding: {},
    delta: 0.1,
    ...changes,
  };
}

/** A tiny network as the catalog would hand it out; from a folder of the caller's, where one is given. */
export function tinyModel(file: string, changes: Partial<Manifest> = {}, from = folder): InstalledModel {
  const sha256 = createHash("sha256")
    .update(readFileSync(`${from}/${file}`))
    .digest("hex");
  return { manifest: tinyManifest({ file, sha256, ...changes }), folder: from, digest: "" };
}
