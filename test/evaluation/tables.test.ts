import { describe, expect, test } from "vitest";
import { methods } from "../../lib/methods/registry.ts";
import { markdownOf } from "../../lib/evaluation/report/markdown.ts";
import { kindOf, methodTitle, metricTitle } from "../../lib/evaluation/report/names.ts";
import { resultsOf } from "../../lib/evaluation/report/results.ts";
import type { Row } from "../../lib/evaluation/row.ts";
import { parseMethods } from "../../lib/explanation/request/parse-method.ts";
import { tablesOf } from "../../lib/evaluation/report/tables.ts";
import { askedOf, column, failure, row } from "./rows.ts";
import { first } from "../first.ts";

const tables = (rows: readonly Row[]) => tablesOf(resultsOf(askedOf(rows), rows, [])).flatMap((model) => model.tables);
const titles = (rows: readonly Row[]) => tables(rows).map(({ title }) => title);
const both = (method: string, deletion: readonly number[], insertion: readonly number[]) =>
  deletion.map((value, i) => row(method, `${i}`, { DELETION: value, INSERTION: insertion[i]! }));

describe("the names", () => {
  test("of all methods that can be asked for by one word are for people", () => {
    const titles = parseMethods("all,controls").map(({ text }) => methodTitle(text));
    expect(titles).toHaveLength(methods.length);
    expect(titles).toEqual(expect.arrayContaining(["ViT-CX", "Occlusion", "Partial LRP", "Score-CAM", "Centre Gaussian"]));
  });

  test("of the ablations are the variants of the paper", () => {
    const [ours = "", ...variants] = parseMethods("ablations").map(({ text }) => text);
    expect(kindOf(ours)).toBe("reference");
    expect(variants.map(kindOf)).toEqual(Array.from({ length: 5 }, () => "ablation"));
    expect(variants.map((text) => methodTitle(text).slice(0, 2))).toEqual(["1 ", "2 ", "3 ", "4 ", "5 "]);
  });

  test("tell options, and the direction of a metric", () => {
    expect(methodTitle("vit-cx:masks=all:noise-draws=4")).toBe("ViT-CX (masks all, noise draws 4)");
    expect(methodTitle("rise:visible=0.3")).toBe("RISE (visible 0.3)");
    expect([metricTitle("DELETION"), metricTitle("POINTING_GAME"), metricTitle("SACO")]).toEqual([
      "Deletion ↓",
      "Pointing game ↑",
      "SaCo ↑",
    ]);
  });
});

describe("which tables there are", () => {
  const ofMethods = (...methods: string[]) => titles(methods.flatMap((method) => column(method, "DELETION", [0.1, 0.2])));

  test("is what has something to compare with ViT-CX", () => {
    expect(ofMethods("vit-cx", "rise")).toEqual(["Table 1. Methods", "Table 1. Methods: differences from ViT-CX"]);
    expect(ofMethods("vit-cx", "vit-cx:masks=all")).toEqual([
      "Table 2. Ablations of ViT-CX",
      "Table 2. Ablations of ViT-CX: differences from ViT-CX",
    ]);
    expect(ofMethods("vit-cx", "vit-cx:noise-draws=4", "rise").map((title) => title.slice(0, 7))).toEqual([
      "Table 1",
      "Table 1",
      "Table 3",
      "Table 3",
    ]);
  });

  test("is one of means where ViT-CX is alone or was not asked", () => {
    expect(ofMethods("vit-cx")).toEqual(["Table 1. Methods"]);
    expect(ofMethods("rise", "occlusion")).toEqual(["Table 1. Methods"]);
  });

  test("is as many for each model", () => {
    const rows = ["one", "two"].flatMap((model) => column("vit-cx", "DELETION", [0.1, 0.2]).map((each) => ({ ...each, model })));
    expect(tablesOf(resultsOf(askedOf(rows), rows, [])).map(({ model }) => model)).toEqual(["one", "two"]);
  });
});

describe("the best", () => {
  const rows = [...both("vit-cx", [0.1, 0.3], [0.5, 0.7]), ...both("rise", [0.4, 0.4], [0.9, 0.9])];

  test("is the least where less is better, and the most where more is", () => {
    const { columns, lines } = tables(rows)[0]!;
    expect(columns.map(({ metric }) => metric)).toEqual(["DELETION", "INSERTION"]);
    expect(lines.map(({ title, cells }) => [title, ...cells.map((cell) => cell!.isBest)])).toEqual([
      ["ViT-CX", true, false],
      ["RISE", false, true],
    ]);
  });

  test("are several where they look the same", () => {
    const { lines } = tables([
      ...column("vit-cx", "SACO", [0.2]),
      ...column("rise", "SACO", [0.2003]),
      ...column("random", "SACO", [0]),
    ])[0]!;
    expect(lines.map(({ cells }) => cells[0]!.isBest)).toEqual([true, true, false]);
  });

  test("is nobody without another", () => {
    const { lines } = tables(column("vit-cx", "SACO", [0.2, 0.3]))[0]!;
    expect(lines[0]!.cells[0]!.isBest).toBe(false);
  });
});

test("a difference is better or worse by its metric's direction, and neither while 0 is within its interval", () => {
  const base = [0.3, 0.4, 0.5, 0.6];
  const moved = (by: readonly number[]) => base.map((value, i) => value + by[i]!);
  const up = moved([0.1, 0.12, 0.14, 0.1]);
  const down = moved([-0.1, -0.12, -0.14, -0.1]);
  const unclear = moved([0.1, -0.1, 0.2, -0.15]);
  const [, { lines }] = first(
    2,
    tables([...both("vit-cx", base, base), ...both("occlusion", up, up), ...both("rise", down, unclear)]),
  );
  expect(lines.map(({ title, cells }) => [title, ...cells.map((cell) => cell!.verdict)])).toEqual([
    ["Occlusion", "worse", "better"],
    ["RISE", "better", null],
  ]);
});

test("one subject makes no verdict", () => {
  const [, { lines }] = first(2, tables([...column("vit-cx", "DELETION", [0.1]), ...column("rise", "DELETION", [0.9])]));
  expect(lines[0]!.cells[0]).toMatchObject({ mean: "+0.800", interval: null, verdict: null });
});

describe("Markdown", () => {
  const rows = [...both("vit-cx", [0.1, 0.3], [0.5, 0.7]), ...both("rise", [0.4, 0.4], [0.9, 0.9]).slice(0, 1)];

  test("has its columns aligned, the best in bold and a count where it is another", () => {
    const text = markdownOf(resultsOf(askedOf(rows), rows, []));
    const lines = text.split("\n");
    const start = lines.indexOf("### Table 1. Methods") + 4;
    expect(lines.slice(start, start + 4)).toEqual([
      "| Method |               Deletion ↓ (n = 2) |          Insertion ↑ (n = 2) |",
      "| ------ | -------------------------------: | ---------------------------: |",
      "| ViT-CX | **0.200** ± 0.141 [0.100, 0.300] | 0.600 ± 0.141 [0.500, 0.700] |",
      "| RISE   |                    0.400 (n = 1) |            **0.900** (n = 1) |",
    ]);
  });

  test("names the variants of the paper", () => {
    const variants = parseMethods("ablations").flatMap(({ text }, i) => column(text, "DELETION", [0.1 + i / 10, 0.2]));
    const text = markdownOf(resultsOf(askedOf(variants), variants, []));
    for (const name of ["1 All masks", "2 Random masks", "3 Undebiased score", "4 Uncorrected", "5 Undebiased, uncorrected"]) {
      expect(text).toContain(`| ${name}`);
    }
  });

  test("breaks what is too wide into tables of four metrics", () => {
    const wide = ["vit-cx", "rise"].map((method) =>
      row(method, "a", { DELETION: 1, INSERTION: 1, SACO: 1, SPARSENESS: 1, ENERGY_INSIDE: 1, FAITHFULNESS_CORRELATION: 1 }),
    );
    const headers = markdownOf(resultsOf(askedOf(wide), wide, []))
      .split("\n")
      .filter((line) => /^\| Method .*(↑|↓)/.test(line));
    expect(headers.map((line) => line.split("|").length - 3)).toEqual([4, 2, 4, 2]);
  });

  test("lists what failed, and keeps its names from meaning anything", () => {
    const failures = [failure("rise", "odd`name|x.jpg", "There is no *class* <b>dog</b> in a_b.")];
    const text = markdownOf(resultsOf({ ...askedOf(rows), command: "npm run evaluate" }, rows, failures));
    expect(text).toContain("1 explanation could not be made and is missing above.");
    expect(text).toContain(
      String.raw`- ${"``odd`name|x.jpg``"}, RISE, tiny: ${"`CLASS_UNKNOWN`"} There is no \*class\* \<b\>dog\</b\> in a_b.`,
    );
  });

  test("does not list thousands", () => {
    const failures = Array.from({ length: 60 }, (_, i) => failure("rise", `${i}.jpg`, "No."));
    const text = markdownOf(resultsOf(askedOf(rows), rows, failures));
    expect(text.split("\n").filter((line) => line.includes("CLASS_UNKNOWN"))).toHaveLength(50);
    expect(text).toContain("- and 10 more");
  });
});
