import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { guarded } from "../../cli/models/guarded.ts";
import { type OnnxModel, writeModel } from "../../lib/onnx/model.ts";
import { draw, type Generator, sfc32 } from "../../lib/tensor/random.ts";
import { readModel } from "../onnx/read-model.ts";
import { tinyFile, tinyGraphs } from "../vit/tiny-models.ts";

/** How many damaged files are inspected; all of them are seeded. VITCX_MUTANTS=400 takes some minutes. */
const COUNT = Number(process.env["VITCX_MUTANTS"] ?? 40);

/** A whole number from 0 to below a limit. */
type Below = (limit: number) => number;

/** What may have happened to a model's file: to its bytes, or to what they say. */
const bytesChanges: readonly ((bytes: Uint8Array, below: Below) => Uint8Array)[] = [
  (bytes, below) => bytes.subarray(0, below(bytes.length)),
  (bytes, below) => flipped(bytes, below, 1 + below(4)),
  // The graph lies before the weights or behind them.
  (bytes, below) => flipped(bytes, (limit) => below(Math.min(limit, 20_000)), 1 + below(20)),
  (bytes, below) => flipped(bytes, (limit) => limit - 1 - below(Math.min(limit, 2000)), 1 + below(20)),
  (bytes, below) => {
    const at = below(bytes.length);
    return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1 + below(300))]);
  },
];
const modelChanges: readonly ((model: OnnxModel, below: Below) => void)[] = [
  ({ graph }, below) => void graph.node.splice(below(graph.node.length), 1),
  ({ graph }, below) => void graph.initializer.splice(below(graph.initializer.length), 1),
  ({ graph }, below) => {
    // Often a cycle.
    const node = graph.node[below(graph.node.length)]!;
    node.input[below(node.input.length)] = graph.node[below(graph.node.length)]!.output[0]!;
  },
  ({ graph }, below) => void (graph.node[below(graph.node.length)]!.output[0] = graph.node[below(graph.node.length)]!.output[0]!),
  ({ graph }, below) =>
    void (graph.node[below(graph.node.length)]!.opType = ["Softmax", "NonZero", "Reshape", "X", ""][below(5)]!),
  ({ graph }, below) => {
    const tensor = graph.initializer[below(graph.initializer.length)]!;
    tensor.dims[below(Math.max(1, tensor.dims.length))] = [0n, -1n, 7n, 2n ** 31n, 2n ** 62n][below(5)]!;
  },
  ({ graph }, below) => void (graph.initializer[below(graph.initializer.length)]!.dataType = below(25)),
  ({ graph }, below) => {
    for (const { ints } of graph.node[below(graph.node.length)]!.attribute) ints[0] = [0n, -1n, 99n, 2n ** 40n][below(4)]!;
  },
  ({ opsetImport }, below) => void (opsetImport[0]!.version = BigInt([1, 11, 12, 13, 30, 2 ** 31][below(6)]!)),
  ({ graph }, below) => void (graph.input[0]!.name = below(2) === 0 ? "" : "another"),
  ({ graph }) => void (graph.output = graph.output.toReversed()),
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-mutants-"));
  vi.stubEnv("VITCX_MODEL_SECONDS", "30");
  vi.stubEnv("VITCX_MODEL_MB", "2000");
  vi.stubEnv("VITCX_THREADS", "1");
});
afterAll(() => rm(folder, { recursive: true }));

test.concurrent.for(Array.from({ length: COUNT }, (_, seed) => seed))(
  "Damaged file %i is read, or refused with a code",
  { timeout: 120_000 },
  async (seed) => {
    const file = join(folder, `${seed}.onnx`);
    await writeFile(file, mutant(seed));
    const answer = await guarded({ name: "inspect", args: [file, { json: true }] }).catch((error: unknown) => error);
    if (typeof answer === "string") expect(JSON.parse(answer)).toHaveProperty("placeCheck");
    else
      expect(answer).toMatchObject({
        name: "CodedError",
        code: "MODEL_UNUSABLE",
        message: expect.not.stringMatching(/^$|^The process that ran the model ended by/),
      });
  },
);

function mutant(seed: number): Uint8Array {
  const state: Generator = sfc32(seed, 0);
  const below: Below = (limit) => (draw(state) >>> 0) % limit;
  const bytes = tinyFile(tinyGraphs[below(tinyGraphs.length)]!.file);
  const kind = below(bytesChanges.length + modelChanges.length);
  if (kind < bytesChanges.length) return bytesChanges[kind]!(Uint8Array.from(bytes), below);
  const model = readModel(bytes);
  modelChanges[kind - bytesChanges.length]!(model, below);
  return writeModel(model);
}

function flipped(bytes: Uint8Array, below: Below, count: number): Uint8Array {
  for (let i = 0; i < count; i++) bytes[below(bytes.length)]! ^= 1 << below(8);
  return bytes;
}
