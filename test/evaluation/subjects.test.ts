import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readImages } from "../../lib/evaluation/images.ts";
import { readPascalVoc } from "../../lib/evaluation/pascal-voc.ts";
import { sample } from "../../lib/evaluation/sample.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Writes files into the folder; the path of the last one. */
async function write(files: Record<string, string>): Promise<string> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return join(folder, Object.keys(files).pop() ?? "");
}

test("Images are found in subfolders, and nothing else is taken for one", async () => {
  await write({ "b/2.JPG": "", "a.png": "", "b/1.webp": "", "notes.txt": "", "boxes.json": "" });
  const subjects = await readImages({ folder });
  expect(subjects).toEqual([
    { name: "a.png", file: join(folder, "a.png") },
    { name: "b/1.webp", file: join(folder, "b/1.webp") },
    { name: "b/2.JPG", file: join(folder, "b/2.JPG") },
  ]);
});

test.each([
  ["JSON", '{"a.png": "red fox", "b.png": 7}'],
  ["lines with commas", "a.png,red fox\r\nb.png, 7\r\n"],
  ["lines with spaces", "a.png red fox\nb.png 7"],
])("Labels are read from %s", async (_, text) => {
  await write({ "a.png": "", "b.png": "" });
  const subjects = await readImages({ folder, labels: await write({ labels: text }) });
  expect(subjects.map(({ name, target }) => [name, target])).toEqual([
    ["a.png", "red fox"],
    ["b.png", "7"],
  ]);
});

test("Each class that boxes name is a subject with its own boxes", async () => {
  const boxes = {
    "a.png": [
      { label: "cat", box: [0, 1, 2, 3] },
      { label: "dog", box: [4, 5, 6, 7] },
      { label: "cat", box: [8, 9, 10, 11] },
    ],
    "b.png": [{ box: [0, 0, 5, 5] }],
  };
  await write({ "a.png": "", "b.png": "", "c.png": "" });
  const subjects = await readImages({ folder, boxes: await write({ "boxes.json": JSON.stringify(boxes) }) });
  expect(subjects.map(({ name, target, boxes }) => [name, target, boxes?.map(({ left, bottom }) => [left, bottom])])).toEqual([
    [
      "a.png#cat",
      "cat",
      [
        [0, 3],
        [8, 11],
      ],
    ],
    ["a.png#dog", "dog", [[4, 7]]],
    ["b.png", undefined, [[0, 5]]],
    ["c.png", undefined, undefined],
  ]);
});

test("Of an image with a label, only the boxes of that class count", async () => {
  const boxes = { "a.png": [{ label: "cat", box: [0, 1, 2, 3] }, { box: [4, 5, 6, 7] }, { label: "dog", box: [8, 9, 10, 11] }] };
  await write({ "a.png": "" });
  const labels = await write({ labels: "a.png dog" });
  const [subject] = await readImages({ folder, labels, boxes: await write({ "boxes.json": JSON.stringify(boxes) }) });
  expect(subject).toMatchObject({ name: "a.png", target: "dog", boxes: [{ left: 4 }, { left: 8 }] });
});

test.each([
  ["a folder without images", {}, {}, "There is no image in"],
  ["labels of an image that is not there", { "a.png": "" }, { labels: "b.png cat" }, "speaks of b.png, which is not in"],
  ["boxes of an image that is not there", { "a.png": "" }, { boxes: '{"b.png": []}' }, "speaks of b.png, which is not in"],
  ["a line without a label", { "a.png": "" }, { labels: "a.png" }, 'expected lines of a name and a label, got "a.png"'],
  ["boxes that are not JSON", { "a.png": "" }, { boxes: "a.png 1 2 3 4" }, "is not JSON"],
  ["a box of three numbers", { "a.png": "" }, { boxes: '{"a.png": [{"box": [1, 2, 3]}]}' }, "cannot be used"],
])("Refused: %s", async (_, images: Record<string, string>, given: Record<string, string>, message) => {
  await write(images);
  const named: Record<string, string> = {};
  for (const [name, text] of Object.entries(given)) named[name] = await write({ [name]: text });
  await expect(readImages({ folder, ...named })).rejects.toMatchObject({
    code: "BAD_USER_INPUT",
    message: expect.stringContaining(message),
  });
});

const annotation = `<annotation><folder>VOC2007</folder><filename>000012.jpg</filename>
  <size><width>500</width><height>333</height><depth>3</depth></size>
  <object><name>car</name><truncated>0</truncated>
    <bndbox><xmin>156</xmin><ymin>97</ymin><xmax>351</xmax><ymax>270</ymax></bndbox></object>
  <object><name>person</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox>
    <part><name>head</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>2</xmax><ymax>3</ymax></bndbox></part></object>
</annotation>`;

test("A folder of Pascal VOC is read, whose pixels count from 1", async () => {
  await write({
    "Annotations/000012.xml": annotation,
    "Annotations/000013.xml": annotation.replaceAll(/<object>[^]*<\/object>/g, ""),
  });
  expect(await readPascalVoc(folder)).toEqual([
    {
      name: "000012.jpg#car",
      file: join(folder, "JPEGImages", "000012.jpg"),
      target: "car",
      boxes: [{ left: 155, top: 96, right: 351, bottom: 270 }],
    },
    {
      name: "000012.jpg#person",
      file: join(folder, "JPEGImages", "000012.jpg"),
      target: "person",
      boxes: [{ left: 0, top: 1, right: 3, bottom: 4 }],
    },
  ]);
});

test.each([
  ["<annotation><object></annotation>", "is not XML"],
  ["<annotation><filename>a.jpg</filename><object><name>car</name></object></annotation>", "cannot be used"],
  ["<annotation><filename>a.jpg</filename></annotation>", "There is no annotated object"],
])("Refused as Pascal VOC: %s", async (text, message) => {
  await write({ "Annotations/1.xml": text });
  await expect(readPascalVoc(folder)).rejects.toMatchObject({
    code: "BAD_USER_INPUT",
    message: expect.stringContaining(message),
  });
});

test("A sample lies evenly in its items", () => {
  expect(sample([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 4)).toEqual([0, 2, 5, 7]);
  expect(sample([1, 2], 5)).toEqual([1, 2]);
});
