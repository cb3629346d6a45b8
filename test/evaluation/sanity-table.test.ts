import { expect, test } from "vitest";
import type { SanityRow } from "../../lib/evaluation/sanity-check/row.ts";
import { sanityCsv, sanityMarkdown, sanityMeans } from "../../lib/evaluation/sanity-check/table.ts";

const stages = ["head", "block 1"].map((name, i) => ({ index: i + 1, name }));

function row(method: string, stage: number, subject: string, spearman: number | null, model = "tiny_1"): SanityRow {
  const similarity = spearman === null ? null : { spearman, ssim: spearman / 2, hog: spearman / 4 };
  const given = { image: subject, model: "d", target: null };
  return { model, seed: 0, stage: stages[stage]!, subject, method, given, target: { index: 0, label: "cat" }, similarity };
}

const rows = [
  row("vit-cx", 0, "a", 0.5),
  row("rise:count=20", 0, "a", null),
  row("vit-cx", 0, "b", 0.25),
  row("rise:count=20", 0, "b", 0.5),
  row("vit-cx", 1, "a", -0.75),
  row("rise:count=20", 1, "a", null),
  row("vit-cx", 1, "b", -0.0001),
  row("rise:count=20", 1, "b", null),
];

test("Each method's rows become a mean for each stage, of the maps that can be compared", () => {
  const means = sanityMeans(rows);
  expect(means.map(({ method, stage, n, subjects }) => [method, stage.name, n, subjects])).toEqual([
    ["vit-cx", "head", 2, 2],
    ["vit-cx", "block 1", 2, 2],
    ["rise:count=20", "head", 1, 2],
    ["rise:count=20", "block 1", 0, 2],
  ]);
  expect(means[0]!.similarity).toEqual({ spearman: 0.375, ssim: 0.1875, hog: 0.09375 });
  expect(means[2]!.similarity).toEqual({ spearman: 0.5, ssim: 0.25, hog: 0.125 });
  expect(means[3]!.similarity).toBeNull();
});

test("The table says how many maps each mean is of, and has a dash where there is none", () => {
  const lines = sanityMarkdown(sanityMeans([...rows, row("random", 0, "a", -0.0001, "other")])).split("\n");
  const cells = lines.filter((line) => line.startsWith("|")).map((line) => line.split("|").map((cell) => cell.trim()));
  expect(lines.filter((line) => line.startsWith("## "))).toEqual(["## tiny_1", "## other"]);
  expect(cells.slice(0, 6).map((line) => line.slice(1, -1))).toEqual([
    ["Method", "Randomised to", "n", "Spearman", "SSIM", "HOG"],
    [
      expect.stringMatching(/^-+$/),
      expect.any(String),
      expect.any(String),
      expect.any(String),
      expect.any(String),
      expect.any(String),
    ],
    ["ViT-CX", "head", "2", "0.375", "0.188", "0.094"],
    ["ViT-CX", "block 1", "2", "−0.375", "−0.188", "−0.094"],
    ["RISE (count 20)", "head", "1 of 2", "0.500", "0.250", "0.125"],
    ["RISE (count 20)", "block 1", "0 of 2", "–", "–", "–"],
  ]);
  expect(cells.at(-1)!.slice(1, -1)).toEqual(["Random map", "head", "1", "0.000", "0.000", "0.000"]);
  expect(lines.join()).not.toContain("NaN");
});

test("Of several seeds the means are those of the seeds' means, with their spread", () => {
  // The first seed has one map more, and weighs no more for that.
  const several = [
    row("vit-cx", 0, "a", 0.25),
    row("vit-cx", 0, "b", 0.75),
    { ...row("vit-cx", 0, "a", 0.1), seed: 1 },
    { ...row("vit-cx", 0, "b", null), seed: 1 },
  ];
  const means = sanityMeans(several);
  const sd = (0.5 - 0.1) / Math.SQRT2;
  expect(means).toMatchObject([
    { subjects: 4, n: 3, seeds: 2, similarity: { spearman: 0.3 }, sd: { hog: expect.closeTo(sd / 4, 12) } },
  ]);
  const text = sanityMarkdown(means);
  expect(text).toContain("| 3 of 4 | 0.300 ± 0.283 | 0.150 ± 0.141 | 0.075 ± 0.071 |");
  expect(text).toContain("The weights were shuffled more than once");
  const [header, line] = sanityCsv(means).split("\r\n");
  expect(header).toBe("model,method,stage,stage_name,subjects,n,spearman,ssim,hog,seeds,spearman_sd,ssim_sd,hog_sd");
  expect(line).toMatch(/^tiny_1,vit-cx,1,head,4,3,0\.3,0\.15,0\.075,2,0\.2828/);
});

test("Subjects that could not be explained are named", () => {
  const error = { code: "IMAGE_UNREADABLE", message: "It is *damaged*." };
  const text = sanityMarkdown(sanityMeans(rows), [{ model: "tiny_1", subject: "c.png", error }]);
  expect(text).toContain(String.raw`- c.png, tiny_1, It is \*damaged\*.`);
});

test("The file of comma-separated values has all digits, and nothing where there is none", () => {
  const lines = sanityCsv(sanityMeans(rows)).split("\r\n");
  expect(lines).toEqual([
    "model,method,stage,stage_name,subjects,n,spearman,ssim,hog",
    "tiny_1,vit-cx,1,head,2,2,0.375,0.1875,0.09375",
    "tiny_1,vit-cx,2,block 1,2,2,-0.37505,-0.187525,-0.0937625",
    "tiny_1,rise:count=20,1,head,2,1,0.5,0.25,0.125",
    "tiny_1,rise:count=20,2,block 1,2,0,,,",
    "",
  ]);
});
