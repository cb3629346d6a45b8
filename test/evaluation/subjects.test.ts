import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readImages } from "../../lib/evaluation/dataset/images.ts";
import { readPascalVoc } from "../../lib/evaluation/dataset/pascal-voc.ts";
import { sample } from "../../lib/evaluation/dataset/sample.ts";

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
  const { subjects } = await readImages({ folder });
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
  ["lines with tabs", "a.png\tred fox\nb.png\t7\n"],
  ["CSV with quotes", 'a.png,"red fox"\r\n"b.png","7"\r\n'],
  ["CSV with a header", "filename,label\na.png,red fox\nb.png,7\n"],
  ["CSV with its columns the other way round", "label,file\nred fox,a.png\n7,b.png\n"],
  ["CSV of which one title is known", "file,what it shows\na.png,red fox\nb.png,7\n"],
  ["CSV of which the other is", "class,shown in\nred fox,a.png\n7,b.png\n"],
  ["CSV with a header of many columns", 'split,class,image\ntest,red fox,a.png\ntest,"7",b.png\n'],
  ["a header with tabs", "image\tclass\na.png\tred fox\nb.png\t7\n"],
  ["a file with a byte order mark", "\uFEFFa.png,red fox\nb.png,7\n"],
  ["JSON with a byte order mark", '\uFEFF{"a.png": "red fox", "b.png": 7}'],
])("Labels are read from %s", async (_, text) => {
  await write({ "a.png": "", "b.png": "" });
  const { subjects, leftOut } = await readImages({ folder, labels: await write({ labels: text }) });
  expect(subjects.map(({ name, target }) => [name, target])).toEqual([
    ["a.png", "red fox"],
    ["b.png", "7"],
  ]);
  expect(leftOut).toEqual([]);
});

test.each([
  ["spaces", "my cat.png tabby, tabby cat\nmy cat.png.png key"],
  ["commas and quotes", '"my cat.png","tabby, tabby cat"\nmy cat.png.png,key'],
  ["CSV", "my cat.png,tabby, tabby cat\nmy cat.png.png,key"],
])("Names and labels may hold what separates them: %s", async (_, text) => {
  await write({ "my cat.png": "", "my cat.png.png": "" });
  const { subjects } = await readImages({ folder, labels: await write({ labels: text }) });
  expect(subjects.map(({ name, target }) => [name, target])).toEqual([
    ["my cat.png", "tabby, tabby cat"],
    ["my cat.png.png", "key"],
  ]);
});

test("What labels and boxes name and the folder does not hold is left out, and told of", async () => {
  await write({ "a.png": "" });
  const labels = await write({ labels: "a.png cat\nmy b.png dog\n" });
  const boxes = await write({ "boxes.json": '{"c.png": [], "a.png": []}' });
  const { subjects, leftOut } = await readImages({ folder, labels, boxes });
  expect(subjects).toEqual([{ name: "a.png", file: join(folder, "a.png"), target: "cat" }]);
  expect(leftOut).toEqual([
    { why: `named in ${labels}, but not in ${folder}`, names: ["my"] },
    { why: `named in ${boxes}, but not in ${folder}`, names: ["c.png"] },
  ]);
});

test("Classes get the model's names, and those without one are left out", async () => {
  const boxes = {
    "a.png": [
      { label: "aeroplane", box: [0, 1, 2, 3] },
      { label: "person", box: [4, 5, 6, 7] },
    ],
    "b.png": [{ label: "person", box: [0, 0, 5, 5] }],
  };
  await write({ "a.png": "", "b.png": "" });
  const classes = await write({ "classes.json": '{"aeroplane": "airliner", "person": null}' });
  const found = await readImages({ folder, classes, boxes: await write({ "boxes.json": JSON.stringify(boxes) }) });
  expect(found.subjects).toMatchObject([{ name: "a.png", target: "airliner", boxes: [{ right: 2 }] }]);
  expect(found.leftOut).toEqual([{ why: `of classes that ${classes} leaves out`, names: ["b.png"] }]);
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
  const { subjects } = await readImages({ folder, boxes: await write({ "boxes.json": JSON.stringify(boxes) }) });
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
  const {
    subjects: [subject],
  } = await readImages({ folder, labels, boxes: await write({ "boxes.json": JSON.stringify(boxes) }) });
  expect(subject).toMatchObject({ name: "a.png", target: "dog", boxes: [{ left: 4 }, { left: 8 }] });
});

test.each([
  ["a folder without images", {}, {}, "There is no image in"],
  ["labels of another folder", { "a.png": "" }, { labels: "b.png cat\nc.png cat" }, "as b.png, none is in"],
  ["boxes of another folder", { "a.png": "" }, { boxes: '{"b.png": []}' }, "as b.png, none is in"],
  ["a line without a label", { "a.png": "" }, { labels: "a.png" }, 'expected lines of a name and a label, got "a.png"'],
  ["boxes that are not JSON", { "a.png": "" }, { boxes: "a.png 1 2 3 4" }, "is not JSON"],
  ["classes that are no names", { "a.png": "" }, { classes: '{"cat": true}' }, "cannot be used"],
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
    "JPEGImages/000012.jpg": "",
    "Annotations/000012.xml": annotation,
    "Annotations/000013.xml": annotation.replaceAll(/<object>[^]*<\/object>/g, ""),
  });
  const { subjects, leftOut } = await readPascalVoc({ folder });
  expect(leftOut).toEqual([]);
  expect(subjects).toEqual([
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

/** An annotation of one object of each class; those with a ! are difficult. */
const annotated = (filename: string, ...classes: string[]) => {
  const objects = classes.map((name) => {
    const difficult = name.startsWith("!") ? "<difficult>1</difficult>" : "<difficult>0</difficult>";
    const box = "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox>";
    return `<object><name>${name.replace("!", "")}</name>${difficult}${box}</object>`;
  });
  return `<annotation><filename>${filename}</filename>${objects.join("")}</annotation>`;
};

test("Difficult objects do not count, and images that are not there or have no others are told of", async () => {
  await write({
    "JPEGImages/1.jpg": "",
    "JPEGImages/2.jpg": "",
    "Annotations/1.xml": annotated("1.jpg", "cat", "!cat", "!dog"),
    "Annotations/2.xml": annotated("2.jpg", "!cat"),
    "Annotations/3.xml": annotated("3.jpg", "cat"),
  });
  const { subjects, leftOut } = await readPascalVoc({ folder });
  expect(subjects.map(({ name, target, boxes }) => [name, target, boxes?.length])).toEqual([["1.jpg", "cat", 1]]);
  expect(leftOut).toEqual([
    { why: `annotated, but not in ${join(folder, "JPEGImages")}`, names: ["3.jpg"] },
    { why: "with nothing but objects that are marked as difficult", names: ["2.jpg"] },
  ]);
});

test("ImageNet's annotations name a file without its ending, in folders of their own", async () => {
  await write({
    "Data/val/n01_1.JPEG": "",
    "Data/val/n02_1.JPEG": "",
    "Annotations/val/n01_1.xml": annotated("n01_1", "n01"),
    "Annotations/val/n02_1.xml": annotated("n02_1", "n02", "n02"),
  });
  const classes = await write({ "classes.json": '{"n01": "tench", "n02": "goldfish"}' });
  const { subjects } = await readPascalVoc({ folder, images: join(folder, "Data"), classes });
  expect(subjects.map(({ name, file, target, boxes }) => [name, file, target, boxes?.length])).toEqual([
    ["val/n01_1.JPEG", join(folder, "Data/val/n01_1.JPEG"), "tench", 1],
    ["val/n02_1.JPEG", join(folder, "Data/val/n02_1.JPEG"), "goldfish", 2],
  ]);
});

test("A label takes the place of the objects' classes", async () => {
  await write({ "JPEGImages/1.jpg": "", "Annotations/1.xml": annotated("1.jpg", "cat", "dog") });
  const { subjects, leftOut } = await readPascalVoc({ folder, labels: await write({ labels: "1.jpg dog\n2.jpg cat" }) });
  expect(leftOut.map(({ names }) => names)).toEqual([["2.jpg"]]);
  expect(subjects.map(({ name, target, boxes }) => [name, target, boxes?.length])).toEqual([["1.jpg", "dog", 1]]);
});

test.each([
  ["<annotation><object></annotation>", "is not XML"],
  ["<annotation><filename>a.jpg</filename><object><name>car</name></object></annotation>", "cannot be used"],
  ["<annotation><filename>a.jpg</filename></annotation>", "There is no annotated object"],
])("Refused as Pascal VOC: %s", async (text, message) => {
  await write({ "JPEGImages/a.jpg": "", "Annotations/1.xml": text });
  await expect(readPascalVoc({ folder })).rejects.toMatchObject({
    code: "BAD_USER_INPUT",
    message: expect.stringContaining(message),
  });
});

test("A sample lies evenly in its items", () => {
  expect(sample([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 4)).toEqual([0, 2, 5, 7]);
  expect(sample([1, 2], 5)).toEqual([1, 2]);
});
