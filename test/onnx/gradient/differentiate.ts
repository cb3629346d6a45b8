import { readFileSync } from "node:fs";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { appendGradients } from "../../../lib/onnx/gradient/append-gradients.ts";
import { floatTensor, type OnnxModel, withGraph, writeModel } from "../../../lib/onnx/model.ts";
import { readModel } from "../read-model.ts";

export function goldenModel(file: string): OnnxModel {
  return readModel(readFileSync(new URL(`../../golden/models/${file}`, import.meta.url)));
}

/**
 * The gradient of one logit, the largest where none is given, with respect to a model's first input, and that logit at other inputs.
 * The logits are the model's last output, of one image.
 */
export async function differentiate(
  model: OnnxModel,
  { shape, data }: { shape: readonly number[]; data: Float32Array },
  target?: number,
): Promise<{ target: number; gradient: Float32Array; logitAt: (input: Float32Array) => Promise<number> }> {
  const [input, scores] = [model.graph.input[0]!.name, model.graph.output.at(-1)!.name];
  const seeded = withGraph(model, { input: [...model.graph.input, floatTensor("seed")] });
  const differentiated = appendGradients(seeded, { seeds: new Map([[scores, "seed"]]), of: [input] });
  const name = differentiated.gradients.get(input)!;
  const output = [floatTensor(scores), floatTensor(name)];
  const session = await InferenceSession.create(writeModel(withGraph(differentiated.model, { output })), { logSeverityLevel: 4 });
  const feed = (values: Float32Array) => ({ [input]: new OrtTensor("float32", values, shape) });
  const forward = await InferenceSession.create(writeModel(model), { logSeverityLevel: 4 });
  const scoresAt = async (values: Float32Array) => (await forward.run(feed(values)))[scores];
  const made = await scoresAt(data);
  const logits = [...(made!.data as Float32Array)];
  const chosen = target ?? logits.indexOf(Math.max(...logits));
  const seed = new OrtTensor(
    "float32",
    Float32Array.from(logits, (_, i) => (i === chosen ? 1 : 0)),
    made!.dims,
  );
  const gradient = (await session.run({ ...feed(data), seed }, [name]))[name]!.data as Float32Array;
  return { target: chosen, gradient, logitAt: async (values) => (await scoresAt(values))!.data[chosen] as number };
}
