import { expect, test } from "vitest";
import {
  type AnyEvent,
  fractionOf,
  isOver,
  nameOf,
  next,
  nothingYet,
  percent,
  sentenceOf,
} from "../../web/explanation/progress.ts";
import { methodNamed } from "./methods.ts";

const cat = { index: 2, label: "cat", probability: 0.9 };
const map = { width: 1, height: 1, values: [0.5] };
const run: AnyEvent[] = [
  { __typename: "QueuedEvent", sequence: 1 },
  { __typename: "StartedEvent", sequence: 2 },
  { __typename: "ClassifiedEvent", sequence: 3, target: cat, predictions: [cat], isMultiLabel: false },
  { __typename: "ClusteredEvent", sequence: 4, maps: 192, masks: 19 },
  { __typename: "ScoredEvent", sequence: 5, done: 8, total: 19, map },
  { __typename: "ScoredEvent", sequence: 6, done: 19, total: 19, map },
  { __typename: "MappedEvent", sequence: 7 },
  { __typename: "SucceededEvent", sequence: 8 },
];
const after = (count: number) => run.slice(0, count).reduce(next, nothingYet);

test("the events of a run, one by one, in words and as a fraction that only grows", () => {
  const states = run.map((_, i) => after(i + 1));
  expect(states.map((state) => sentenceOf(state, methodNamed("VIT_CX")))).toEqual([
    "Waiting for a worker",
    "Reading the photograph",
    "Recognised cat; making masks of the model's patch embeddings",
    "192 maps → 19 masks; scoring them",
    "192 maps → 19 masks; 8 of 19 done",
    "192 maps → 19 masks; 19 of 19 done",
    "The map is final; measuring it and writing the results",
    "Done",
  ]);
  const fractions = states.map(fractionOf);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect([fractions[0], fractions[7]]).toEqual([0, 1]);
  expect(states.map(isOver)).toEqual([false, false, false, false, false, false, false, true]);
});

test("a method is told of in its own words, and of one that is not known yet no more than its progress", () => {
  expect(sentenceOf(after(3), methodNamed("RISE"))).toBe("Recognised cat; trying random masks");
  expect(sentenceOf(after(3), methodNamed("RANDOM"))).toBe("Recognised cat; drawing random numbers");
  expect(sentenceOf(after(3), undefined)).toBe("Recognised cat");
  const scored = { ...nothingYet, stage: "scored", done: 3, masks: 9 } as const;
  expect(sentenceOf(scored, methodNamed("OCCLUSION"))).toBe("3 of 9 squares done");
  expect(sentenceOf(scored, undefined)).toBe("3 of 9 done");
});

test("what is cancelled after the map is the measuring", () => {
  const cancelled: AnyEvent = { __typename: "CanceledEvent", sequence: 9 };
  expect(sentenceOf(next(after(7), cancelled), methodNamed("VIT_CX"))).toBe("The measuring was cancelled");
  expect(sentenceOf(next(after(5), cancelled), methodNamed("VIT_CX"))).toBe("Cancelled");
});

test("an event that comes again brings nothing but its map", () => {
  const listed = run.slice(0, 5).map((event) => ({ ...event, map: undefined }) as AnyEvent);
  const state = { ...listed.reduce(next, nothingYet), partial: undefined };
  expect(next(state as never, run[4]!)).toEqual({ ...state, partial: map });
  expect(next(after(6), run[2]!)).toEqual(after(6));
});

test("a second worker begins anew", () => {
  const again = next(after(5), { __typename: "StartedEvent", sequence: 6 });
  expect(again).toEqual({ ...nothingYet, sequence: 6, stage: "started" });
});

test("labels and probabilities as people write them", () => {
  expect(nameOf("tropical_fish")).toBe("tropical fish");
  expect(nameOf("tench, Tinca tinca")).toBe("tench");
  expect([0, 0.0005, 0.4213, 0.99951, 1].map(percent)).toEqual(["0.0 %", "< 0.1 %", "42.1 %", "99.9 %", "100 %"]);
});

test("an event that only a newer server knows counts, and changes nothing else", () => {
  const known = after(5);
  const newer = { __typename: "AttentionEvent", sequence: 6 } as unknown as AnyEvent;
  expect(next(known, newer)).toEqual({ ...known, sequence: 6 });
});

test("whether several labels can be true is known once the model has said what it sees", () => {
  const classified: AnyEvent = {
    __typename: "ClassifiedEvent",
    sequence: 3,
    target: cat,
    predictions: [cat],
    isMultiLabel: true,
  };
  expect(after(3).isMultiLabel).toBe(false);
  expect(next(after(2), classified).isMultiLabel).toBe(true);
  expect(next(next(after(2), classified), { __typename: "MappedEvent", sequence: 4 }).isMultiLabel).toBe(true);
});
