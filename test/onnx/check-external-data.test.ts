import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readModelFile } from "../../lib/onnx/model-file.ts";
import { floatTensor, node, type OnnxModel, type OnnxNode, writeModel } from "../../lib/onnx/model.ts";
import { AttributeProtoSchema, GraphProtoSchema, ModelProtoSchema, TensorProtoSchema } from "../../lib/onnx/onnx_pb.ts";
import { Session } from "../../lib/vit/runtime/session.ts";

const SECRET = Float32Array.of(0.125, 0.25, 0.5, 42);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-"));
  await mkdir(join(folder, "model"));
  await writeFile(join(folder, "secret"), new Uint8Array(SECRET.buffer));
});
afterAll(() => rm(folder, { recursive: true }));

type ModelInit = MessageInitShape<typeof ModelProtoSchema>;
type AttributeInit = MessageInitShape<typeof AttributeProtoSchema>;

/** Four floats that lie in a file. */
function external(location: string, name = "stolen") {
  return create(TensorProtoSchema, {
    name,
    dataType: 1,
    dims: [4n],
    dataLocation: 1,
    externalData: Object.entries({ location, offset: "0", length: "16" }).map(([key, value]) => ({ key, value })),
  });
}

function withAttributes(made: OnnxNode, attribute: AttributeInit[]): OnnxNode {
  return Object.assign(made, { attribute: attribute.map((each) => create(AttributeProtoSchema, each)) });
}

/** A model that adds its input to the tensor `stolen`. */
function model(nodes: OnnxNode[], graph: ModelInit["graph"] = {}, more: ModelInit = {}): OnnxModel {
  return create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: "", version: 17n }],
    ...more,
    graph: create(GraphProtoSchema, {
      name: "attack",
      node: [...nodes, node("Add", ["image", "stolen"], ["scores"])],
      input: [floatTensor("image", [4])],
      output: [floatTensor("scores", [4])],
      ...graph,
    }),
  }) as OnnxModel;
}

const constant = (attribute: AttributeInit) => withAttributes(node("Constant", [], ["stolen"]), [attribute]);

/** An If of which each branch gives the tensor `stolen` by these nodes and initializers. */
function ifNode(condition: string, inner: OnnxNode[], initializer: ReturnType<typeof external>[] = []): OnnxNode {
  const branch = (name: string) => ({
    name,
    type: 5,
    g: {
      name,
      initializer,
      node: [...inner, node("Identity", ["stolen"], [`${name}_out`])],
      output: [floatTensor(`${name}_out`, [4])],
    },
  });
  return withAttributes(node("If", [condition], ["stolen"]), [branch("then_branch"), branch("else_branch")]);
}

const truth = create(TensorProtoSchema, { name: "truth", dataType: 9, rawData: Uint8Array.of(1) });

const attacks: Record<string, (path: string) => OnnxModel> = {
  "an initializer of an If's branch": (path) => model([ifNode("truth", [], [external(path)])], { initializer: [truth] }),
  "a Constant's value": (path) => model([constant({ name: "value", type: 4, t: external(path, "") })]),
  "a Constant in a branch in a branch": (path) => {
    const inner = constant({ name: "value", type: 4, t: external(path, "") });
    return model([ifNode("truth", [ifNode("truth", [inner])])], { initializer: [truth] });
  },
  "a list of tensors": (path) => model([constant({ name: "value", type: 9, tensors: [external(path)] })]),
  "a list of graphs": (path) =>
    model([constant({ name: "value", type: 10, graphs: [{ name: "g", initializer: [external(path)] }] })]),
  "a sparse value": (path) => model([constant({ name: "sparse_value", type: 11, sparseTensor: { values: external(path) } })]),
  "a list of sparse values": (path) =>
    model([constant({ name: "sparse_values", type: 12, sparseTensors: [{ indices: external(path) }] })]),
  "a sparse initializer": (path) => model([], { sparseInitializer: [{ values: external(path) }] }),
  "a function": (path) => model([], {}, { functions: [{ node: [constant({ name: "value", type: 4, t: external(path, "") })] }] }),
  "a function's default": (path) =>
    model([], {}, { functions: [{ attributeProto: [{ name: "value", type: 4, t: external(path) }] }] }),
  "the training's graph": (path) =>
    model([], {}, { trainingInfo: [{ algorithm: { name: "t", initializer: [external(path)] } }] }),
};

async function open(attack: OnnxModel) {
  const file = join(folder, "model", "model.onnx");
  await writeFile(file, writeModel(attack));
  return Session.open(await readModelFile(file), join(folder, "model"), { threads: 1 });
}

test.for(Object.keys(attacks))("External data in %s are refused, wherever they lie", async (name) => {
  for (const path of [join(folder, "secret").slice(1), "../secret", join(folder, "secret"), "model.onnx"]) {
    await expect(open(attacks[name]!(path))).rejects.toMatchObject({
      code: "MODEL_UNUSABLE",
      message: expect.stringContaining("expected external data in the main graph's initializers alone"),
    });
  }
});

test.for(["../secret", "/etc/passwd", "a/../../secret", "a/../secret", "", "C:\\secret", "..\\secret", "*/_ORT_MEM_ADDR_/*"])(
  "A weight's path %o, which does not lead down, is refused",
  async (path) => {
    const attack = model([], { initializer: [external(path)] });
    await expect(open(attack)).rejects.toMatchObject({ code: "MODEL_UNUSABLE" });
  },
);

/** What a model adds to zeros. */
async function added(session: Session): Promise<number[]> {
  await using opened = session;
  const { scores } = await opened.run({ image: { shape: [4], data: new Float32Array(4) } }, ["scores"]);
  return [...scores.data];
}

test("A model's own weights beside it, in a folder below, and behind a cache's links are read", async () => {
  await mkdir(join(folder, "model", "data"), { recursive: true });
  await mkdir(join(folder, "blobs"), { recursive: true });
  const bytes = new Uint8Array(SECRET.buffer);
  await writeFile(join(folder, "model", "weights.bin"), bytes);
  await writeFile(join(folder, "model", "data", "weights.bin"), bytes);
  await writeFile(join(folder, "blobs", "a1b2"), bytes);
  await symlink("../blobs/a1b2", join(folder, "model", "linked.bin"));
  for (const path of ["weights.bin", "./data/weights.bin", "linked.bin"]) {
    expect(await added(await open(model([], { initializer: [external(path)] })))).toEqual([...SECRET]);
  }
  const other = Object.assign(external("data/weights.bin"), { name: "other" });
  const both = model([], { initializer: [external("linked.bin"), other] });
  expect(await added(await open(both))).toEqual([...SECRET]);
});
