import { z } from "zod";
import { CodedError } from "../../errors.ts";
import { type Preprocessing, visibleRegion } from "../../image/preprocess.ts";
import { type MethodName, seededMethods } from "./options.ts";
import type { ImageFacts } from "./request.ts";

const integer = (from: number, to: number) =>
  z.number().refine((value) => Number.isInteger(value) && value >= from && value <= to, {
    error: `an integer from ${from} to ${to}`,
  });
const number = (from: number, to: number) =>
  z.number().refine((value) => value >= from && value <= to, { error: `a number from ${from} to ${to}` });
const canvas = z.enum(["zero", "black", "mean", "blurred"]);
const side = z.number({ error: "a number" });

const schema = z.strictObject({
  /** Canvases and numbers of steps are RISE's where they are left out. */
  deletion: z.strictObject({ canvas: canvas.default("zero"), steps: integer(1, 1000).default(224) }).optional(),
  insertion: z.strictObject({ canvas: canvas.default("blurred"), steps: integer(1, 1000).default(224) }).optional(),
  saco: z.strictObject({ canvas: canvas.default("mean"), groups: integer(2, 100).default(10) }).optional(),
  faithfulnessCorrelation: z
    .strictObject({
      canvas: canvas.default("zero"),
      runs: integer(2, 1000).default(100),
      subsetSize: integer(1, 10_000).default(224),
      seed: integer(0, 2_147_483_647).default(0),
    })
    .optional(),
  sparseness: z.boolean().optional(),
  pointingGame: z.strictObject({ tolerance: number(0, 100).default(15) }).optional(),
  energyInside: z.boolean().optional(),
  localisation: z.strictObject({ threshold: number(0.01, 1).default(0.5) }).optional(),
  /** How many maps that differ in their seed alone are compared, the explanation's own among them. */
  stability: z.strictObject({ seeds: integer(2, 32).default(3) }).optional(),
  /** As captum's `sensitivity_max`: a radius of 0.02 in the space of the input, here the normalised pixels, and 10 neighbours. */
  maxSensitivity: z
    .strictObject({
      radius: number(0.0001, 10).default(0.02),
      samples: integer(1, 100).default(10),
      seed: integer(0, 2_147_483_647).default(0),
    })
    .optional(),
  boxes: z
    .array(z.strictObject({ left: side, top: side, right: side, bottom: side }))
    .refine(({ length }) => length >= 1 && length <= 100, { error: "1 to 100 boxes" })
    .optional(),
});

/** The metrics that a request asks for, with their options filled in; boxes are in pixels of the image as it was sent. */
export type MetricsConfig = z.infer<typeof schema>;

/**
 * Metrics of a method's map as they will be computed; undefined where there are none. Throws BAD_USER_INPUT for a value out of
 * range, for boxes that do not lie in the image, for metrics of boxes without any, and for one of seeds where the method has none.
 */
export function completeMetrics(
  given: unknown,
  image: ImageFacts,
  input: Preprocessing,
  method: MethodName,
): MetricsConfig | undefined {
  const result = schema.safeParse(withoutNulls(given ?? {}), { reportInput: true });
  if (!result.success) {
    const { path, message, input: got } = result.error.issues[0];
    refuse(
      `Expected \`${["metrics", ...path].join(".")}\` to be ${message}, got ${Array.isArray(got) ? got.length : String(got)}.`,
    );
  }
  const asked = Object.fromEntries(Object.entries(result.data).filter(([, value]) => value !== false)) as MetricsConfig;
  checkBoxes(asked, image, input);
  if (asked.stability && !seededMethods.includes(method)) {
    refuse(`\`metrics.stability\` is for methods that have a seed, which are ${seededMethods.join(", ")}; ${method} has none.`);
  }
  const { faithfulnessCorrelation } = asked;
  if (faithfulnessCorrelation && faithfulnessCorrelation.subsetSize >= input.width * input.height) {
    refuse(
      `Expected \`metrics.faithfulnessCorrelation.subsetSize\` to be less than the model's ${input.width} × ${input.height} pixels.`,
    );
  }
  return Object.keys(asked).length === 0 ? undefined : asked;
}

/**
 * The metric of a name, in any case and with - between its words, and how all of it is left as in its paper. Throws BAD_USER_INPUT.
 */
export function metricNamed(text: string): readonly [name: string, asInItsPaper: true | object] {
  const known = Object.keys(schema.shape).filter((name) => name !== "boxes");
  const name = known.find((each) => each.toLowerCase() === text.toLowerCase().replaceAll("-", ""));
  if (!name) refuse(`There is no metric ${JSON.stringify(text)}; there are ${known.map(hyphenated).join(", ")}.`);
  return [name, name === "sparseness" || name === "energyInside" ? true : {}];
}

/** `noiseDraws` as it is written on a command line: noise-draws. */
export function hyphenated(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function checkBoxes(
  { boxes, pointingGame, energyInside, localisation }: MetricsConfig,
  image: ImageFacts,
  input: Preprocessing,
): void {
  const needed = pointingGame ?? energyInside ?? localisation;
  if (needed && !boxes)
    refuse("`metrics.boxes` is missing: `pointingGame`, `energyInside` and `localisation` need the object's boxes.");
  if (boxes && !needed) refuse("`metrics.boxes` is for `pointingGame`, `energyInside` and `localisation`; ask for one of them.");
  const { width, height } = image;
  const seen = visibleRegion(width, height, input);
  for (const { left, top, right, bottom } of boxes ?? []) {
    const got = `left ${left}, top ${top}, right ${right}, bottom ${bottom}`;
    if (!(left >= 0 && left < right && right <= width && top >= 0 && top < bottom && bottom <= height)) {
      refuse(`Expected a box within the image's ${width} × ${height} pixels with left < right and top < bottom, got ${got}.`);
    }
    const isSeen = right > seen.left && left < seen.left + seen.width && bottom > seen.top && top < seen.top + seen.height;
    if (!isSeen) refuse(`The model sees the centre of the image alone, and nothing of the box ${got}.`);
  }
}

/** GraphQL's null is the same as leaving out. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined);
  return Object.fromEntries(entries.map(([name, inner]) => [name, withoutNulls(inner)]));
}

function refuse(message: string): never {
  throw new CodedError("BAD_USER_INPUT", message);
}
