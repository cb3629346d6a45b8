import { expect, test } from "vitest";
import { CodedError, type ErrorCode } from "../../lib/errors.ts";
import { type Answer, ExplanationFailed, type ExplanationRequest } from "../../lib/evaluation/explainers/explainer.ts";
import { evaluate, tasksOf } from "../../lib/evaluation/evaluate.ts";
import type { Failure, Row } from "../../lib/evaluation/row.ts";
import type { Subject } from "../../lib/evaluation/dataset/subject.ts";
import { parseMethods } from "../../lib/explanation/request/parse-method.ts";
import { explainerOf, tiny } from "./explainer.ts";

/** 224 × 224 pixels. */
const file = "models/emoji-vit/examples/crab.png";
const subjects: readonly Subject[] = ["a.png", "b.png"].map((name) => ({ name, file }));

/** What is asked, and what is written of the answers. */
async function evaluated(
  methods: string,
  options: {
    readonly subjects?: readonly Subject[];
    readonly metrics?: Readonly<Record<string, unknown>>;
    readonly answer?: (request: ExplanationRequest) => Partial<Answer>;
    readonly crop?: boolean;
  } = {},
) {
  const asked: ExplanationRequest[] = [];
  const lines: (Row & Failure)[] = [];
  const cropped = { ...tiny, input: { ...tiny.input, resize: { fit: "crop", shortestEdge: 16 } } as const };
  const explainer = explainerOf(
    (request) => {
      asked.push(request);
      return options.answer?.(request) ?? {};
    },
    [options.crop ? cropped : tiny],
  );
  const onLine = async (line: unknown) => void lines.push(line as Row & Failure);
  const tasks = tasksOf(["tiny"], options.subjects ?? subjects, parseMethods(methods));
  const problem = await evaluate(tasks, { explainer, metrics: options.metrics ?? {}, onLine }).catch((error: unknown) => error);
  return { asked, lines, problem };
}

const optionsOf = (asked: readonly ExplanationRequest[]) => asked.map(({ spec }) => spec.options);

test("Every image has dice of its own, the same ones for all methods and whenever it is asked about", async () => {
  const { asked, lines } = await evaluated("random,vit-cx:masks=random");
  const [ofA, , ofB] = lines.map(({ seed }) => seed!);
  expect(ofA).not.toBe(ofB);
  const expected = [{ seed: ofA }, { seed: ofA, masks: "random" }, { seed: ofB }, { seed: ofB, masks: "random" }];
  expect(optionsOf(asked)).toEqual(expected);
  expect(lines.map(({ method }) => method)).toEqual(["random", "vit-cx:masks=random", "random", "vit-cx:masks=random"]);
  expect(optionsOf((await evaluated("random,vit-cx:masks=random")).asked)).toEqual(expected);
});

test("A seed that is asked for is everybody's, and who draws nothing has none", async () => {
  const { asked, lines } = await evaluated("random:seed=3,occlusion");
  expect(optionsOf(asked)).toEqual([{ seed: 3 }, {}, { seed: 3 }, {}]);
  expect(lines.map(({ seed }) => seed)).toEqual([3, undefined, 3, undefined]);
});

test("A line says what was asked about: the image, the class, the boxes and the model", async () => {
  const boxes = [{ left: 1, top: 2, right: 3, bottom: 4 }];
  const { lines } = await evaluated("occlusion", { subjects: [{ name: "a.png#key", file, target: "key", boxes }, subjects[1]!] });
  expect(lines.map(({ given }) => given)).toEqual([
    { image: expect.stringMatching(/^[0-9a-f]{64}$/), model: "d1", target: "key", boxes: [[1, 2, 3, 4]] },
    { image: lines[0]!.given!.image, model: "d1", target: null },
  ]);
});

const ofBoxes = { pointingGame: {}, sparseness: true };
const box = (left: number, top: number, right: number, bottom: number) => ({ left, top, right, bottom });
const withBoxes = (...boxes: ReturnType<typeof box>[]) => [{ name: "a.png", file, boxes }];

test("A box that reaches over the image is cut, and one that lies outside is left out", async () => {
  const given = withBoxes(box(-1.5, 10, 100, 225), box(224, 0, 230, 10), box(5, 5, 5, 9));
  const { asked, lines } = await evaluated("occlusion", { metrics: ofBoxes, subjects: given });
  expect(asked[0]!.metrics).toEqual({ ...ofBoxes, boxes: [box(0, 10, 100, 224)] });
  expect(lines[0]!.unseen).toBe(2);
});

test("What the model's crop cuts off is left out; where nothing is left, the metrics of boxes are", async () => {
  // The crop is the middle half of the image.
  const [inside, outside] = [box(50, 50, 60, 60), box(0, 0, 56, 200)];
  const some = await evaluated("occlusion", { metrics: ofBoxes, subjects: withBoxes(outside, inside), crop: true });
  expect(some.asked[0]!.metrics).toEqual({ ...ofBoxes, boxes: [inside] });
  const none = await evaluated("occlusion", { metrics: ofBoxes, subjects: withBoxes(outside), crop: true });
  expect(none.asked[0]!.metrics).toEqual({ sparseness: true });
  expect([some.lines[0]!.unseen, none.lines[0]!.unseen]).toEqual([1, 1]);
});

test("A subject without boxes, and metrics that need none, are asked without", async () => {
  expect((await evaluated("occlusion", { metrics: ofBoxes })).asked[0]!.metrics).toEqual({ sparseness: true });
  const { asked, lines } = await evaluated("occlusion", { metrics: { sparseness: true }, subjects: withBoxes(box(0, 0, 9, 9)) });
  expect(asked[0]!.metrics).toEqual({ sparseness: true });
  expect(lines[0]!.unseen).toBeUndefined();
});

const failing = (error: Error) => (request: ExplanationRequest) => {
  if (request.spec.method === "OCCLUSION") throw error;
  return {};
};

test.each<[code: ErrorCode, error: Error]>([
  ["BAD_USER_INPUT", new CodedError("BAD_USER_INPUT", "No.")],
  ["INTERNAL", new ExplanationFailed("INTERNAL", "No.")],
  ["SERVICE_UNREACHABLE", new ExplanationFailed("SERVICE_UNREACHABLE", "No.")],
])("An explanation that fails with %s is a failure, and the others go on", async (code, error) => {
  const { lines, problem } = await evaluated("occlusion,score-cam", { answer: failing(error) });
  expect(problem).toBeUndefined();
  expect(lines.map((line) => line.error?.code)).toEqual([code, undefined, code, undefined]);
  expect(lines[0]!.given).toMatchObject({ model: "d1" });
});

test.each([
  new CodedError("INTERNAL", "No."),
  new CodedError("UNAUTHENTICATED", "No."),
  new CodedError("SERVICE_UNREACHABLE", "No."),
  new Error("A defect."),
])("What says nothing about the request ends it: %s", async (error) => {
  const { asked, lines, problem } = await evaluated("score-cam,occlusion", { answer: failing(error) });
  expect(problem).toBe(error);
  expect(asked).toHaveLength(2);
  expect(lines.map(({ method }) => method)).toEqual(["score-cam"]);
});

test("An image that has gone is a failure", async () => {
  const gone = { name: "gone.png", file: "no/such.png" };
  const { lines, problem } = await evaluated("occlusion", { subjects: [gone, ...subjects] });
  expect(problem).toBeUndefined();
  expect(lines[0]!.error).toEqual({ code: "IMAGE_MISSING", message: "no/such.png cannot be read: ENOENT." });
  expect(lines.slice(1).map(({ error }) => error)).toEqual([undefined, undefined]);
});

test.each([
  { metric: "SACO", value: NaN },
  { metric: "SACO", value: null as unknown as number },
  { metric: "DELETION", value: 0, curve: { probabilities: [0, Infinity] } },
] as const)("A value that is not finite is a failure: %o", async (measured) => {
  const { lines } = await evaluated("occlusion", { answer: () => ({ measured: [measured] }) });
  expect(lines[0]!.error).toEqual({ code: "INTERNAL", message: `The metric ${measured.metric} is not finite.` });
});

test("A curve is kept as points that lie evenly, to five digits", async () => {
  const curve = { shares: [0, 0.5, 1], probabilities: [1 / 3, 0.25, 0] };
  const { lines } = await evaluated("occlusion", { answer: () => ({ measured: [{ metric: "DELETION", value: 1 / 7, curve }] }) });
  expect(lines[0]!.measured).toEqual([{ metric: "DELETION", value: 1 / 7, curve: { probabilities: [0.33333, 0.25, 0] } }]);
});
