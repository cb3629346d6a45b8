import { describe, expect, test } from "vitest";
import type { EventPayload, LogEvent } from "../../lib/explanation/log/events.ts";
import { fold } from "../../lib/explanation/log/fold.ts";
import { eventsAfter } from "../../lib/explanation/log/follow.ts";
import { progressOf } from "../../lib/explanation/log/progress.ts";
import type { ExplanationRequest } from "../../lib/explanation/request/request.ts";
import { filesOf, timingsOf } from "../../lib/explanation/results/summary.ts";

const request: ExplanationRequest = {
  owner: "local",
  method: "VIT_CX",
  model: {
    id: "m",
    digest: "d",
    input: { width: 8, height: 8, mean: [0, 0, 0], sd: [1, 1, 1], resize: { fit: "stretch" }, interpolation: "bilinear" },
  },
  image: { format: "png", width: 8, height: 8, bytes: 100, sha256: "0" },
  target: null,
  options: { delta: 0.1, noiseSd: 0.1, seed: 0, noiseDraws: 1, masks: "merged", corrected: true },
};
const cat = { index: 2, label: "cat", probability: 0.9 };
const map = { width: 1, height: 1, values: "AA==" };

const QUEUED: EventPayload = { kind: "QUEUED", request };
const STARTED: EventPayload = { kind: "STARTED", worker: "w" };
const CLASSIFIED: EventPayload = { kind: "CLASSIFIED", predictions: [cat], target: cat };
const CLUSTERED: EventPayload = { kind: "CLUSTERED", maps: 8, clusterSizes: [5, 2, 1, 1], meanSimilarity: 0.5 };
const SCORED: EventPayload = { kind: "SCORED", done: 2, total: 4, map };
const SUCCEEDED: EventPayload[] = [{ kind: "MAPPED" }, { kind: "SUCCEEDED" }];
const FAILED: EventPayload = { kind: "FAILED", code: "INTERNAL", message: "It broke." };
const STOPPING: EventPayload = { kind: "RELEASED", reason: "STOPPING" };
const ERROR: EventPayload = { kind: "RELEASED", reason: "ERROR" };
const CANCELED: EventPayload = { kind: "CANCELED" };

/** A log in which one thing happens a second. */
function logOf(happenings: readonly EventPayload[]) {
  const time = (i: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, i)).toISOString();
  return { id: "abc", events: happenings.map((payload, i): LogEvent => ({ ...payload, time: time(i) })) };
}

const folded = (...happenings: EventPayload[]) => fold(logOf(happenings));

describe("The status and the attempts of a log", () => {
  test.each<[string, EventPayload[], { status: string; attempts: number }]>([
    ["that waits", [QUEUED], { status: "QUEUED", attempts: 0 }],
    ["that has begun", [QUEUED, STARTED], { status: "RUNNING", attempts: 1 }],
    ["in the middle", [QUEUED, STARTED, CLASSIFIED, CLUSTERED, SCORED], { status: "RUNNING", attempts: 1 }],
    ["with a map", [QUEUED, STARTED, CLASSIFIED, { kind: "MAPPED" }], { status: "RUNNING", attempts: 1 }],
    ["that succeeded", [QUEUED, STARTED, ...SUCCEEDED], { status: "SUCCEEDED", attempts: 1 }],
    ["that failed", [QUEUED, STARTED, FAILED], { status: "FAILED", attempts: 1 }],
    ["whose metrics were cancelled", [QUEUED, STARTED, { kind: "MAPPED" }, CANCELED], { status: "SUCCEEDED", attempts: 1 }],
    ["cancelled while it waited", [QUEUED, CANCELED], { status: "CANCELED", attempts: 0 }],
    ["whose worker died", [QUEUED, STARTED, SCORED, STARTED], { status: "RUNNING", attempts: 2 }],
    ["whose worker had to stop", [QUEUED, STARTED, STOPPING], { status: "QUEUED", attempts: 0 }],
    ["whose worker met an error", [QUEUED, STARTED, ERROR], { status: "QUEUED", attempts: 1 }],
    ["after a stop and an error", [QUEUED, STARTED, STOPPING, STARTED, ERROR, STARTED], { status: "RUNNING", attempts: 2 }],
    ["asked for again", [QUEUED, STARTED, ERROR, STARTED, FAILED, QUEUED], { status: "QUEUED", attempts: 0 }],
    ["asked for again and begun", [QUEUED, STARTED, FAILED, QUEUED, STARTED], { status: "RUNNING", attempts: 1 }],
  ])("%s", (_, happenings, expected) => {
    expect(folded(...happenings)).toMatchObject(expected);
  });
});

test("The latest events are those of the worker that is at it", () => {
  expect(folded(QUEUED, STARTED, CLASSIFIED, CLUSTERED, SCORED).latest).toMatchObject({
    SCORED: { done: 2 },
    CLASSIFIED: { target: cat },
  });
  expect(Object.keys(folded(QUEUED, STARTED, CLASSIFIED, SCORED, STARTED).latest)).toEqual(["QUEUED", "STARTED"]);
  expect(Object.keys(folded(QUEUED, STARTED, CLASSIFIED, FAILED, QUEUED).latest)).toEqual(["QUEUED"]);
  expect(folded(QUEUED, STARTED, FAILED).latest.FAILED).toMatchObject({ code: "INTERNAL", message: "It broke." });
});

test("It was created by its first event and changed by its last", () => {
  const { id, createdAt, changedAt, request: asked } = folded(QUEUED, STARTED, FAILED, QUEUED);
  expect(id).toBe("abc");
  expect(asked).toEqual(request);
  expect(createdAt).toEqual(new Date(Date.UTC(2026, 0, 1, 0, 0, 0)));
  expect(changedAt).toEqual(new Date(Date.UTC(2026, 0, 1, 0, 0, 3)));
});

test("Progress goes from 0 to 1 and never back within a run", () => {
  const whole = [QUEUED, STARTED, CLASSIFIED, CLUSTERED, SCORED, { ...SCORED, done: 4 } as EventPayload, ...SUCCEEDED];
  const progress = whole.map((_, i) => progressOf(folded(...whole.slice(0, i + 1))));
  expect(progress.map(({ done, total }) => [done, total])).toEqual([
    [null, null],
    [null, null],
    [null, null],
    [0, 4],
    [2, 4],
    [4, 4],
    [4, 4],
    [4, 4],
  ]);
  const fractions = progress.map(({ fraction }) => fraction);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect([fractions[0], fractions.at(-1)]).toEqual([0, 1]);
});

test("A model of which every mask is constant leaves nothing to score, and progress goes on", () => {
  const none: EventPayload = { kind: "CLUSTERED", maps: 8, clusterSizes: [], meanSimilarity: 0 };
  expect(progressOf(folded(QUEUED, STARTED, CLASSIFIED, none)).fraction).toBeCloseTo(0.95, 9);
});

test("Timings are the time between events, and unknown where one has not happened", () => {
  expect(timingsOf(folded(QUEUED, STARTED, CLASSIFIED, CLUSTERED, SCORED, SCORED, ...SUCCEEDED))).toEqual({
    queued: 1000,
    classified: 1000,
    clustered: 1000,
    scored: 2000,
    mapped: 1000,
    total: 5000,
  });
  expect(timingsOf(folded(QUEUED, STARTED, CLASSIFIED))).toMatchObject({ queued: 1000, classified: 1000, total: undefined });
});

test("Events are read from any number on", () => {
  const log = logOf([QUEUED, STARTED, FAILED]);
  const numbers = (after: number) => eventsAfter(log, after).map(({ sequence, event }) => [sequence, event.kind]);
  expect(numbers(0)).toEqual([
    [1, "QUEUED"],
    [2, "STARTED"],
    [3, "FAILED"],
  ]);
  expect(numbers(2)).toEqual([[3, "FAILED"]]);
  expect(numbers(3)).toEqual([]);
  expect(numbers(-5)).toEqual(numbers(0));
});

test("The files are those that are there: the map's with the map, the last ones at the end, of an old explanation no thumbnail", () => {
  const mapped: EventPayload = { kind: "MAPPED", thumbnail: true };
  expect(filesOf(folded(QUEUED, STARTED, SCORED))).toEqual([]);
  const early = filesOf(folded(QUEUED, STARTED, mapped));
  expect(early).toEqual(expect.arrayContaining(["overlay.png", "thumbnail.jpeg", "masks.npy"]));
  expect(early).not.toContain("explanation.json");
  expect(filesOf(folded(QUEUED, STARTED, mapped, { kind: "SUCCEEDED" }))).toEqual([...early, "explanation.json"]);
  expect(filesOf(folded(QUEUED, STARTED, ...SUCCEEDED))).not.toContain("thumbnail.jpeg");
});
