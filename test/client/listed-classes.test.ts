import { expect, test } from "vitest";
import { listedClasses } from "../../lib/client/listed-classes.ts";

const of = (...probabilities: number[]) => probabilities.map((probability, i) => ({ label: `label ${i}`, probability }));

test("Of classes that exclude each other the five most probable are listed", () => {
  const classes = of(0.4, 0.3, 0.2, 0.05, 0.03, 0.02);
  expect(listedClasses(classes, false)).toEqual({ classes: classes.slice(0, 5) });
  expect(listedClasses(of(1), false)).toEqual({ classes: of(1) });
});

test("Of labels of which several can be true, all that are more probable than not are, and three at least", () => {
  const note = "Each label has a probability of its own; several can be true.";
  const many = of(0.99, 0.98, 0.9, 0.8, 0.7, 0.6, 0.5, 0.49);
  expect(listedClasses(many, true)).toEqual({ classes: many.slice(0, 7), note });
  const one = of(0.9, 0.2, 0.1, 0.05);
  expect(listedClasses(one, true)).toEqual({ classes: one.slice(0, 3), note });
  const none = of(0.3, 0.2, 0.1, 0.05);
  expect(listedClasses(none, true)).toEqual({ classes: none.slice(0, 3), note: `${note} None reaches 50 % here.` });
  expect(listedClasses([], true).classes).toEqual([]);
});

test("A single label has a complement", () => {
  const yes = [{ label: "yes", probability: 0.25 }];
  expect(listedClasses(yes, true)).toEqual({ classes: yes, complement: { label: "no", probability: 0.75 } });
  const melanoma = [{ label: "melanoma", probability: 1 }];
  expect(listedClasses(melanoma, true).complement).toEqual({ label: "not melanoma", probability: 0 });
});
