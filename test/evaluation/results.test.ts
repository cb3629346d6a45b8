import { expect, test } from "vitest";
import { csvOf } from "../../lib/evaluation/report/csv.ts";
import { resultsOf } from "../../lib/evaluation/report/results.ts";
import type { Row } from "../../lib/evaluation/row.ts";
import { markdownOf } from "../../lib/evaluation/report/markdown.ts";
import { gapsOf } from "../../lib/evaluation/report/messages.ts";
import { askedOf, column, failure, row } from "./rows.ts";
import { first } from "../first.ts";

test("each method's metric is summed up over the subjects, and held against ViT-CX over those that both have", () => {
  const rows = [...column("rise", "DELETION", [0.5, 0.3]), ...column("vit-cx", "DELETION", [0.1, 0.2, 0.9])];
  const { results } = resultsOf(askedOf(rows), rows, []);
  const [ours, rise] = first(2, results);
  expect(ours).toMatchObject({ model: "tiny", method: "vit-cx", metric: "DELETION", moreIsBetter: false, n: 3 });
  expect(ours.mean).toBeCloseTo(0.4, 12);
  expect(ours.against).toBeUndefined();
  expect(rise).toMatchObject({ method: "rise", n: 2, against: { method: "vit-cx", n: 2 } });
  expect(rise.against!.mean).toBeCloseTo(0.25, 12);
});

test("another method may be what is held against", () => {
  const rows = [...column("vit-cx", "INSERTION", [0.5, 0.7]), ...column("rise", "INSERTION", [0.4, 0.4])];
  const { results } = resultsOf(askedOf(rows), rows, [], "rise");
  expect(results.map(({ method, against }) => [method, against?.method])).toEqual([
    ["vit-cx", "rise"],
    ["rise", undefined],
  ]);
});

test("models are kept apart", () => {
  const rows = [
    ...column("vit-cx", "SACO", [0.1]),
    row("vit-cx", "a", { SACO: 0.5 }, { model: "large" }),
    row("rise", "a", { SACO: 0.8 }, { model: "large" }),
  ];
  const { results } = resultsOf(askedOf(rows), rows, []);
  expect(results.map(({ model, method, mean }) => [model, method, mean])).toEqual([
    ["tiny", "vit-cx", 0.1],
    ["large", "vit-cx", 0.5],
    ["large", "rise", 0.8],
  ]);
  expect(results[2]!.against!.mean).toBeCloseTo(0.3, 12);
});

test("localisation counts what was found, from an overlap of a half on", () => {
  const rows = column("vit-cx", "LOCALISATION", [0.5, 0.49, 0.9, 0]);
  expect(resultsOf(askedOf(rows), rows, []).results).toMatchObject([{ metric: "LOCALISATION", mean: 0.5, n: 4 }]);
});

test("a metric that only some subjects have is summed up over these", () => {
  const rows = [row("vit-cx", "a", { POINTING_GAME: 1, DELETION: 0.2 }), row("vit-cx", "b", { DELETION: 0.4 })];
  const { results } = resultsOf(askedOf(rows), rows, []);
  expect(results.map(({ metric, n }) => [metric, n])).toEqual([
    ["DELETION", 2],
    ["POINTING_GAME", 1],
  ]);
});

test("seconds and masks are medians, apart from the metrics", () => {
  const rows = [1, 2, 100].map((seconds, i) => row("rise", `${i}`, {}, { seconds, masks: 10 * seconds }));
  expect(resultsOf(askedOf(rows), rows, []).costs).toEqual([
    { model: "tiny", method: "rise", n: 3, seconds: 2, masks: 20, passes: 21 },
  ]);
});

test("passes are those of the method: one, and for each mask another, or two for each draw", () => {
  const methods = ["vit-cx", "vit-cx:noise-draws=4", "vit-cx:masks=all:noise-draws=2", "score-cam", "rise:count=30", "random"];
  const rows = methods.map((method) => row(method, "a", {}, { masks: method === "random" ? 0 : 30 }));
  const { costs } = resultsOf(askedOf(rows), rows, []);
  expect(new Map(costs.map(({ method, passes }) => [method, passes]))).toEqual(
    new Map(methods.map((method, i) => [method, [61, 241, 121, 31, 31, 1][i]])),
  );
});

test("the subjects of one image are no independent witnesses", () => {
  const images = ["a.png", "b.png", "c.png"];
  const values = [0.1, 0.5, 0.9];
  const named = (copies: number) =>
    images.flatMap((name, i) =>
      Array.from({ length: copies }, (_, j) => row("vit-cx", copies === 1 ? name : `${name}#${j}`, { SACO: values[i]! })),
    );
  const intervalOf = (rows: readonly Row[]) => resultsOf(askedOf(rows), rows, []).results[0]!.interval;
  // As often as an image is counted, there are no more images than three.
  expect(intervalOf(named(4))).toEqual(intervalOf(named(1)));
  const given = (i: number) => ({ image: `${i % 3}`, model: "d", target: null });
  const byImage = named(4).map((each, i) => ({ ...each, subject: `${i}`, given: given(Math.floor(i / 4)) }));
  expect(intervalOf(byImage)).toEqual(intervalOf(named(1)));
  const apart = named(4).map((each, i) => ({ ...each, subject: `${i}` }));
  const width = ([low, high]: readonly [number, number]) => high - low;
  expect(width(intervalOf(apart)!)).toBeLessThan(0.7 * width(intervalOf(named(1))!));
  expect(intervalOf(named(4).slice(0, 4))).toBeNull();
});

test("the pointing game is summed up over the classes as well", () => {
  const of = (index: number) => ({ target: { index, label: `${index}`, probability: 1 } });
  const hits = [1, 1, 1, 0].map((hit, i) => row("vit-cx", `${i}`, { POINTING_GAME: hit, SACO: 1 }, of(i === 3 ? 1 : 0)));
  const { results } = resultsOf(askedOf(hits), hits, []);
  expect(results.map(({ metric, mean, classMean }) => [metric, mean, classMean])).toEqual([
    ["SACO", 1, undefined],
    ["POINTING_GAME", 0.75, 0.5],
  ]);
  expect(markdownOf(resultsOf(askedOf(hits), hits, []))).toContain("| ViT-CX |         0.750 |        0.500 |");
});

test("what is missing is counted: boxes that nobody sees, and explanations that are still to be made", () => {
  const given = { image: "i", model: "d", target: null, boxes: [[0, 0, 1, 1]] as const };
  const rows = [
    row("vit-cx", "a", {}, { given, unseen: 1 }),
    row("rise", "a", {}, { given, unseen: 1 }),
    row("vit-cx", "b", {}, { given: { ...given, boxes: [...given.boxes, ...given.boxes] }, unseen: 1 }),
  ];
  const results = resultsOf({ ...askedOf(rows), subjects: 5 }, rows, [failure("rise", "b", "No.")]);
  expect([results.unseen, results.missing]).toEqual([[{ model: "tiny", subjects: 1 }], 2 * 5 - 4]);
  expect(gapsOf(results)).toEqual([
    "Of 1 subject the model tiny sees no box; the metrics of boxes go without.",
    "It was ended before: 6 explanations of it can still be made.",
  ]);
});

test("what is left out is named, but not all of thousands", () => {
  const names = Array.from({ length: 9 }, (_, i) => `${i}.jpg`);
  const leftOut = [{ why: "named in labels.csv, but not in photos", names }];
  const results = resultsOf({ ...askedOf([]), leftOut }, [], []);
  expect(gapsOf(results)).toEqual([
    "Left out, as named in labels.csv, but not in photos: 0.jpg, 1.jpg, 2.jpg, 3.jpg, 4.jpg, and 4 more.",
  ]);
});

test("rows in another order are the same results", () => {
  const rows = ["vit-cx", "rise", "vit-cx:masks=all"].flatMap((method, i) => column(method, "DELETION", [0.1, 0.7, 0.3 + i / 7]));
  const asked = askedOf(rows);
  expect(resultsOf(asked, rows.toReversed(), [])).toEqual(resultsOf(asked, rows, []));
});

test("results say what was asked and what failed, and survive JSON", () => {
  const rows = column("vit-cx", "DELETION", [0.1, 0.2]);
  const results = resultsOf(askedOf(rows), rows, [failure("rise", "a", "There is no class dog.")]);
  expect(JSON.parse(JSON.stringify(results))).toEqual(results);
  expect(results).toMatchObject({ asked: { subjects: 2 }, failures: [{ method: "rise" }], intervals: { resamples: 2000 } });
});

test("no rows are no results", () => {
  expect(resultsOf(askedOf([]), [], [])).toMatchObject({ results: [], costs: [] });
});

test("CSV has a line a result with all of its numbers, quoted where RFC 4180 wants it", () => {
  const rows = ["vit-cx", "rise"].flatMap((method) =>
    column(method, "DELETION", method === "rise" ? [0.5, 0.25] : [0.25, 0.25]).map((each) => ({ ...each, model: 'a "b", c' })),
  );
  const lines = csvOf(resultsOf(askedOf(rows), rows, []).results).split("\r\n");
  expect(lines[0]!.split(",").slice(0, 7)).toEqual(["model", "method", "metric", "more_is_better", "n", "mean", "sd"]);
  expect(lines[1]).toBe('"a ""b"", c",vit-cx,DELETION,false,2,0.25,0,0.25,0.25,,,,,,,');
  expect(lines[2]).toMatch(
    /^"a ""b"", c",rise,DELETION,false,2,0\.375,0\.17677\d+,0\.25,0\.5,vit-cx,2,0\.125,0\.17677\d+,0,0\.25,$/,
  );
  expect(lines.slice(3)).toEqual([""]);
});
