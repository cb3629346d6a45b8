import { expect, test } from "vitest";
import { classIndex } from "../../lib/vit/catalog/labels.ts";

const model = {
  id: "birds",
  labels: ["tench, Tinca tinca", "crane", "hen", "Hen", "tropical_fish", "2", "crane", "robin, American robin", "goldfish"],
};

test.for([
  ["crane, whole label with synonyms", "tench, Tinca tinca", 0],
  ["the label as it stands before the same in other case", "Hen", 3],
  ["the label in other case", "GOLDFISH", 8],
  ["a space for an underscore", "Tropical fish", 4],
  ["a synonym", "american Robin", 7],
  ["a label that is a number, before the index", "2", 5],
  ["an index", "6", 6],
  ["the first index", "0", 0],
] as const)("A class is known by %s", ([, target, index]) => {
  expect(classIndex(model, target)).toBe(index);
});

test.for([
  ["goldfsh", 'The model "birds" has no class "goldfsh"; expected a label or a number from 0 to 8. Did you mean "goldfish"?'],
  ["9", 'The model "birds" has no class "9"; expected a label or a number from 0 to 8.'],
  ["-1", 'The model "birds" has no class "-1"; expected a label or a number from 0 to 8.'],
  ["1.0", 'The model "birds" has no class "1.0"; expected a label or a number from 0 to 8.'],
  ["", 'The model "birds" has no class ""; expected a label or a number from 0 to 8.'],
  ["crane", '"crane" names the classes 1, 6 of the model "birds"; give one of these numbers.'],
  ["HEN", '"HEN" names the classes 2, 3 of the model "birds"; give one of these numbers.'],
] as const)("The target %j is refused with what is allowed", ([target, message]) => {
  expect(() => classIndex(model, target)).toThrow(expect.objectContaining({ code: "CLASS_UNKNOWN", message }));
});
