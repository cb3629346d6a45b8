import { readableGraph } from "../../onnx/as-if-float.ts";
import { node, type OnnxModel, withGraph } from "../../onnx/model.ts";
import { selfAttentions } from "./attention.ts";

/**
 * The same model with every self-attention put to nought: tokens keep to themselves and to what convolutions bring them, so that
 * a change of one patch shows where the graph puts that patch's token.
 */
export function silenceAttention(model: OnnxModel): OnnxModel {
  const silenced = new Set(selfAttentions(readableGraph(model)).map(({ output }) => output));
  return withGraph(model, {
    node: model.graph.node.flatMap((each) => {
      const output = each.output.find((tensor) => silenced.has(tensor));
      if (output === undefined) return [each];
      const heard = `${output}/heard`;
      const renamed = { ...each, output: each.output.map((tensor) => (tensor === output ? heard : tensor)) };
      // x − x has the shape and the type of x, whatever they are.
      return [renamed, node("Sub", [heard, heard], [output])];
    }),
  });
}
