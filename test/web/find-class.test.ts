import { expect, test } from "vitest";
import { findClasses } from "../../web/explanation/classes/find-class.ts";
import { ownPath } from "../../web/api/own-path.ts";

const labels = ["tench, Tinca tinca", "tropical_fish", "crane", "Crane", "crane, bird", "12"];

test.each([
  ["tropical fish", [1]],
  [" Tropical_Fish ", [1]],
  ["tinca tinca", [0]],
  ["crane", [2]],
  ["CRANE", [2, 3]],
  ["bird", [4]],
  ["0", [0]],
  ["12", [5]],
  ["6", []],
  ["-1", []],
  ["kat", []],
  ["", []],
])("%j names %j", (text, found) => {
  expect(findClasses(labels, text)).toEqual(found);
});

test("a file of the API is looked for on the page's own origin, its signature with it", () => {
  expect(ownPath("http://10.0.0.1:4000/files/explanations/a/input.png?expires=1&signature=b")).toBe(
    "/files/explanations/a/input.png?expires=1&signature=b",
  );
  expect(ownPath("/files/a.npy")).toBe("/files/a.npy");
});
