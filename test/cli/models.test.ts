import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { Command } from "commander";
import { define } from "../../cli/models.ts";
import { tinyFile } from "../vit/tiny-models.ts";
import { hubServer } from "../vit/catalog/hub-server.ts";

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
const tiny = path("test/golden/models/tiny_vit_op17.onnx");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-"));
});
afterEach(() => void vi.unstubAllEnvs());
afterAll(() => rm(folder, { recursive: true }));

/** What `vitcx models` prints, with the folder as its folder of models. */
async function models(...args: string[]): Promise<string> {
  vi.stubEnv("VITCX_MODELS", join(folder, "models"));
  vi.stubEnv("VITCX_THREADS", "1");
  const log = vi.spyOn(console, "log").mockReturnValue(undefined);
  const command = new Command("models").exitOverride().configureOutput({ writeErr: () => undefined });
  define(command);
  try {
    await command.parseAsync(args, { from: "user" });
    return log.mock.calls.map(String).join("\n");
  } finally {
    log.mockRestore();
  }
}

test("A model of the hub is added, verified, listed and removed", async () => {
  const text = (value: object) => new TextEncoder().encode(JSON.stringify(value));
  const id2label = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [i, `label ${i}`]));
  await using hub = await hubServer("someone/vit-tiny", {
    "config.json": text({ model_type: "vit", id2label }),
    "preprocessor_config.json": text({ size: 64 }),
    "onnx/model.onnx": tinyFile("tiny_vit_op17.onnx"),
  });
  vi.stubEnv("HF_ENDPOINT", hub.url);
  const added = await models("add", "hf:someone/vit-tiny");
  expect(added).toContain("added vit-tiny in");
  expect(added).toMatch(/^> +3 +\/blocks.2\/attn\/Softmax_output_0 .*8 x 8 x 48 +1$/m);
  expect(await readdir(join(folder, "models", ".downloads", "someone"))).toEqual([]);
  expect(await models("list")).toMatch(/^vit-tiny +64 x 64 +10 classes/);
  expect(await models("verify", "vit-tiny")).toMatch(
    /%  label \d.*K = \d+ masks of 48 embedding maps.*passed  the probe against the model itself/s,
  );
  expect(await models("remove", "vit-tiny")).toContain("removed");
  expect(await models("list")).toBe("");
});

test("What is inspected can be read by a program", async () => {
  expect(JSON.parse(await models("inspect", tiny, "--json"))).toMatchObject({
    family: "vit",
    input: { name: "input", type: "float32", layout: "nchw", channels: "rgb", range: "normalised", height: 64, width: 64 },
    output: { name: "logits", classes: 10, kind: "logits" },
    embedding: { tensor: "/blocks.2/norm1/LayerNormalization_output_0", grid: [8, 8], prefixTokens: 1, channels: 48 },
    placeCheck: { patches: 25, share: 1, own: 1 },
  });
});

test.for([
  [["add", tiny], /^.*do not say its labels \(--labels FILE: /],
  [["add", tiny, "--mean", "0.5"], /^Expected --mean to be 3 numbers, got "0.5"\.$/],
  [["add", tiny, "--layout", "hwc"], /^Expected --layout to be nchw, nhwc, got "hwc"\.$/],
  [["add", tiny, "--range", "255"], /^Expected --range to be normalised, 0-1, 0-255, got "255"\.$/],
  [["inspect", tiny, "--channels", "gray"], /has 3 channels, which cannot be gray\.$/],
  [["add", tiny, "--resize", "squash"], /^Expected --resize stretch, crop:PIXELS or stretch-crop:HxW, got "squash"\.$/],
  [["add", "hf:someone"], /^Expected hf:OWNER\/NAME, got "hf:someone"\.$/],
  [["inspect", path("README.md")], /README.md: the file is not an ONNX model, or is damaged\.$/],
  [["add", tiny, "--colour", "red"], /^error: unknown option '--colour'$/],
] as const)("%j is refused in one line", async ([args, sentence]) => {
  const asking = models(...args);
  await expect(asking).rejects.toHaveProperty("code");
  await expect(asking).rejects.toThrow(sentence);
  await expect(asking).rejects.toThrow(/^[^\n]*$/);
});

test("A process says in one line of stderr what is wrong, and ends with 1", () => {
  const file = path("README.md");
  const args = ["--import", "tsx", path("cli/vitcx.ts"), "models", "inspect", file];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect([status, stderr]).toEqual([1, `${file}: the file is not an ONNX model, or is damaged.\n`]);
});

test("Every option that states something of a model reaches its manifest", async () => {
  const labels = join(folder, "labels.txt");
  await writeFile(labels, "a b c d e f g h i j".replaceAll(" ", "\n"));
  const stated = { id: "stated", title: "A title", licence: "MIT", labels, size: "64", mean: "0.1,0.2,0.3", sd: "0.4,0.5,0.6" };
  const more = { resize: "crop:72", interpolation: "bicubic", delta: "0.2", "prefix-tokens": "1", grid: "8x8", output: "logits" };
  const options = Object.entries({ ...stated, ...more }).flatMap(([name, value]) => [`--${name}`, value]);
  await models("add", tiny, ...options);
  const { models: found } = JSON.parse(await models("list", "--json")) as { models: { manifest: object }[] };
  expect(found[0]!.manifest).toMatchObject({
    id: "stated",
    title: "A title",
    licence: "MIT",
    labels: ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"],
    input: { mean: [0.1, 0.2, 0.3], sd: [0.4, 0.5, 0.6], resize: { fit: "crop", shortestEdge: 72 }, interpolation: "bicubic" },
    delta: 0.2,
  });
});
