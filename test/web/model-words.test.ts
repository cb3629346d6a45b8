import { expect, test } from "vitest";
import { knownWords, namesOf } from "../../web/ask/model-words.ts";

const of = (count: number) => Array.from({ length: count }, (_, i) => `label_${i}, Latin ${i}`);

test("a title is told apart into a name and what it says of the model", () => {
  expect(namesOf({ title: "emoji-vit: a small ViT for 40 kinds of emoji" })).toEqual([
    "emoji-vit",
    "a small ViT for 40 kinds of emoji",
  ]);
  expect(namesOf({ title: "A ViT" })).toEqual(["A ViT", ""]);
  // What a select would cut off is told in full.
  const title = "ViT-Tiny/16, pretrained on ImageNet-21k";
  expect(namesOf({ title })).toEqual([title, title]);
});

test("what a model knows is told by some of its classes, those of its examples first", () => {
  const labels = ["dog", "cat", "tropical_fish", "owl", "key", "bee", "bus", "car", "crab"];
  const examples = ["key-cat", "nothing", "tropical_fish"];
  const [much, what] = knownWords({ labels }, examples);
  expect(much).toBe("This model knows 9 classes and nothing else");
  expect(what).toMatch(
    /^: key, cat, tropical fish, dog, (\w+, ){3}… Any other photograph it takes for one of these: give it one/,
  );
  expect(knownWords({ labels: ["cat", "dog"] }, [])[1]).toMatch(/^: cat, dog\. Any other .* other models know others\.$/);
  expect(knownWords({ labels: of(1000) }, []).join("")).toBe(
    "This model knows 1,000 classes: label 0, label 142, label 285, label 428, label 571, label 714, label 857, …",
  );
});
