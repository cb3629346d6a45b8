import { readableGraph } from "../../onnx/as-if-float.ts";
import { resolve } from "node:path";
import type { Derivative } from "../../classifier/classifier.ts";
import { CodedError } from "../../errors.ts";
import { readModelFile } from "../../onnx/model-file.ts";
import { readClassifier } from "../graph/classifier-graph.ts";
import { hasClassToken } from "../graph/class-token.ts";
import { graftDerivatives } from "../graph/derivatives.ts";
import type { Manifest } from "./manifest.ts";

/** What methods ask of a model's graph beside probabilities and embeddings. */
export type Ability = "gradients" | "class-token";

/**
 * Why a model's graph does not allow what a method needs, in a sentence; null where it does, or where the file is not at hand, as on a
 * server that leaves all work to others. The graph is read without its weights.
 */
export async function findLack(
  { folder, manifest }: { readonly folder: string; readonly manifest: Manifest },
  ability: Ability,
): Promise<string | null> {
  const model = await readModelFile(resolve(folder, manifest.file)).catch(() => null);
  if (model === null) return null;
  const facts = { input: manifest.input, classes: manifest.labels.length, output: manifest.output };
  const derivatives: Derivative[] = [ability === "gradients" ? "image-gradient" : "attention-gradient"];
  try {
    const graph = readableGraph(model);
    const classifier = readClassifier(graph, manifest);
    const hasToken = () => manifest.embedding.prefixTokens !== 0 && hasClassToken(graph, classifier.scores);
    if (ability === "class-token" && !hasToken()) {
      return "the model has no class token whose attention could be shown: its head reads the patches, as Swin's does";
    }
    graftDerivatives(model, classifier, facts, derivatives);
    return null;
  } catch (error) {
    if (error instanceof CodedError) return error.message;
    throw error;
  }
}
