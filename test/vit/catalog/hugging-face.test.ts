import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { factsIn, readLabels, withStated } from "../../../lib/vit/catalog/facts.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** The facts that a folder with these files states. */
async function facts(files: Readonly<Record<string, object | string>>) {
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return factsIn(folder);
}

const id2label = { 0: "cat", 1: "dog" };
const vit = { id2label, image_size: 224 };
const half = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] };
const mean = [0.485, 0.456, 0.406];
const std = [0.229, 0.224, 0.225];

describe("The labels of config.json", () => {
  test.for([
    ["from 0 on", { id2label }, ["cat", "dog"]],
    ["from 1 on", { id2label: { 1: "cat", 2: "dog" } }, ["cat", "dog"]],
    ["that are numbers", { id2label: { 0: 7, 1: 8 } }, ["7", "8"]],
    ["as a list", { id2label: ["cat", "dog"] }, ["cat", "dog"]],
    ["in label2id alone", { label2id: { dog: 1, cat: 0 } }, ["cat", "dog"]],
    ["in label2id alone, as texts", { id2label: {}, label2id: { dog: "2", cat: "1" } }, ["cat", "dog"]],
    ["of timm's", { label_names: ["n1", "n2"], num_classes: 2 }, ["n1", "n2"]],
    ["of timm's with descriptions", { label_names: ["n1", "n2"], label_descriptions: { n1: "tench" } }, ["tench", "n2"]],
    ["of timm's pretrained_cfg", { pretrained_cfg: { label_names: ["n1", "n2"] } }, ["n1", "n2"]],
    ["that are not there", {}, undefined],
  ] as const)("%s", async ([, config, labels]) => {
    const read = await facts({ "config.json": config });
    expect([read.labels, read.notices]).toEqual([labels, []]);
  });

  test.for([
    ["num_labels", { num_labels: 3 }],
    ["timm's num_classes", { pretrained_cfg: { num_classes: 3 } }],
  ] as const)("of which there is nothing but %s are numbered, with a notice; not where others are stated", async ([, config]) => {
    const read = await facts({ "config.json": config });
    expect(read.labels).toEqual(["class 0", "class 1", "class 2"]);
    expect(read.notices).toEqual([
      'config.json has no labels, only their number: they are called "class 0" to "class 2" (--labels names them)',
    ]);
    expect(withStated(read, { labels: ["a", "b", "c"] })).toMatchObject({ labels: ["a", "b", "c"], notices: [] });
    expect(withStated(read, { size: { height: 8, width: 8 } }).notices?.length).toBe(1);
  });

  test("say whether they exclude each other", async () => {
    expect((await facts({ "config.json": vit })).isMultiLabel).toBe(false);
    expect((await facts({ "config.json": { ...vit, problem_type: "single_label_classification" } })).isMultiLabel).toBe(false);
    expect((await facts({ "config.json": { ...vit, problem_type: "multi_label_classification" } })).isMultiLabel).toBe(true);
  });
});

const square = (side: number) => ({ height: side, width: side });

describe("The input", () => {
  const stretch = { fit: "stretch" };
  const crop = (shortestEdge: number) => ({ fit: "crop", shortestEdge });
  test.for([
    [
      "a list as the model's image_size",
      { image_size: [192, 224] },
      half,
      { size: { height: 192, width: 224 }, resize: stretch },
    ],
    ["a list of one", { image_size: [192] }, half, { size: square(192) }],
    [
      "one mean and deviation",
      {},
      { size: 64, image_mean: 0.25, image_std: [0.75] },
      { mean: [0.25, 0.25, 0.25], sd: [0.75, 0.75, 0.75] },
    ],
    [
      "CLIP's number, which is the shorter edge",
      {},
      { size: 224, crop_size: 224, do_center_crop: true, feature_extractor_type: "CLIPFeatureExtractor" },
      { size: square(224), resize: crop(224) },
    ],
    [
      "LeViT's margin of 256 to 224",
      {},
      { size: 224, crop_size: 224, do_center_crop: true, image_processor_type: "LevitImageProcessor" },
      { size: square(224), resize: crop(256) },
    ],
    [
      "LeViT's shortest edge",
      {},
      { size: { shortest_edge: 224 }, crop_size: square(224), do_center_crop: true, image_processor_type: "LevitImageProcessor" },
      { size: square(224), resize: crop(256) },
    ],
    ["channels turned around", {}, { ...half, size: 64, do_flip_channel_order: true }, { channels: "bgr" }],
    [
      "MobileViT's, which turns channels around and does not normalise",
      {},
      {
        size: { shortest_edge: 288 },
        crop_size: square(256),
        do_center_crop: true,
        image_processor_type: "MobileViTImageProcessor",
      },
      { channels: "bgr", mean: [0, 0, 0], sd: [1, 1, 1], size: square(256), resize: crop(288) },
    ],
  ] as const)("is read of a processor with %s", async ([, config, processor, expected]) => {
    const read = await facts({ "config.json": { ...vit, ...config }, "preprocessor_config.json": processor });
    expect(read).toMatchObject(expected);
  });

  test("is RGB where a processor says that nothing is turned around", async () => {
    const processor = { size: 64, do_flip_channel_order: false, image_processor_type: "MobileViTImageProcessor" };
    expect(await facts({ "config.json": vit, "preprocessor_config.json": processor })).not.toHaveProperty("channels");
  });

  const cfg = { input_size: [3, 224, 224], mean, std, crop_pct: 0.9, interpolation: "bicubic" };
  const ofTimm = { size: square(224), mean, sd: std, resize: crop(248), interpolation: "bicubic" };
  test.for([
    ["pretrained_cfg", { "config.json": { pretrained_cfg: cfg } }],
    ["an older file, which has all at the top", { "config.json": cfg }],
    ["the processor", { "config.json": vit, "preprocessor_config.json": { pretrained_cfg: cfg } }],
  ] as const)("is read of timm's %s", async ([, files]) => {
    expect(await facts(files)).toMatchObject(ofTimm);
  });

  test("is squashed where timm says so, and cut at 0.875 where it says nothing", async () => {
    const squashed = { ...cfg, crop_pct: 1, crop_mode: "squash" };
    expect((await facts({ "config.json": { pretrained_cfg: squashed } })).resize).toEqual({
      fit: "stretch-crop",
      ...square(224),
    });
    expect((await facts({ "config.json": { pretrained_cfg: { input_size: [3, 224, 224] } } })).resize).toEqual(crop(256));
  });

  test("is read of a newer file, which has all processors of a model, and of files that begin with a byte-order mark", async () => {
    const read = await facts({
      "config.json": `\uFEFF${JSON.stringify(vit)}`,
      "processor_config.json": `\uFEFF${JSON.stringify({ image_processor: { ...half, size: square(96) }, processor_class: "A" })}`,
    });
    expect(read).toMatchObject({ labels: ["cat", "dog"], size: square(96) });
  });
});

describe("What cannot be honoured is refused by its name", () => {
  test.for([
    ["config.json", { ...vit, problem_type: "regression" }, /vitcx explains classifiers alone.*\n.*at problem_type/],
    ["config.json", { pretrained_cfg: { crop_mode: "border" } }, /vitcx knows center and squash\n.*at pretrained_cfg\.crop_mode/],
    ["config.json", { pretrained_cfg: { std: 0 } }, /expected numbers above 0\n.*at pretrained_cfg\.std/],
    [
      "config.json",
      { id2label: { 0: "a", 2: "c" } },
      /id2label: expected one label for each number from 0 or 1 on, got none for 1\./,
    ],
    ["preprocessor_config.json", { size: 64, image_std: [0.5, 0, 0.5] }, /expected numbers above 0\n.*at image_std/],
    ["preprocessor_config.json", { size: 64, image_std: 0 }, /expected numbers above 0\n.*at image_std/],
    ["preprocessor_config.json", { size: { longest_edge: 64 } }, /expected a number, a height and width.*\n.*at size/],
    ["preprocessor_config.json", { size: 64, do_resize: false }, /vitcx always resizes.*\n.*at do_resize/],
    ["preprocessor_config.json", { size: 64, do_pad: true }, /vitcx does not pad\n.*at do_pad/],
    ["preprocessor_config.json", { size: 64, rescale_offset: true }, /at rescale_offset/],
    ["preprocessor_config.json", { size: 64, do_thumbnail: true }, /at do_thumbnail/],
    ["preprocessor_config.json", { size: 64, do_crop_margin: true }, /at do_crop_margin/],
    ["preprocessor_config.json", { max_num_patches: 256 }, /at max_num_patches/],
    ["preprocessor_config.json", { size: 64, resample: 5 }, /vitcx knows nearest \(0\).*\n.*at resample/],
  ] as const)("%s: %j", async ([file, content, sentence]) => {
    const files = file === "config.json" ? { [file]: content } : { "config.json": vit, [file]: content };
    await expect(facts(files)).rejects.toMatchObject({ code: "MODEL_UNUSABLE", message: expect.stringMatching(sentence) });
    await expect(facts(files)).rejects.toThrow(`The file ${join(folder, file)} cannot be used: `);
  });

  test("A thousand wrong labels are one error of a few lines", async () => {
    const wrong = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [i, { en: "cat" }]));
    const error = await facts({ "config.json": { id2label: wrong } }).then(
      () => "",
      (caught: Error) => caught.message,
    );
    expect(error.split("\n").length).toBeLessThan(10);
    expect(error).toMatch(/id2label/);
  });
});

test("Labels in a file may be numbers, begin at 1, and follow a byte-order mark", async () => {
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return readLabels(join(folder, name));
  };
  expect(await file("a.json", '\uFEFF{"1": "cat", "2": 7}')).toEqual(["cat", "7"]);
  expect(await file("b.json", '["cat", 7]')).toEqual(["cat", "7"]);
  expect(await file("c.txt", "\uFEFFcat\r\ndog\r\n")).toEqual(["cat", "dog"]);
  await expect(file("d.json", '{"1": "cat", "3": "dog"}')).rejects.toThrow("has no label for 2; expected one");
});
