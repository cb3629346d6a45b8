import { z } from "zod";
import { CodedError } from "../../errors.ts";
import { type Preprocessing, visibleRegion } from "../../image/preprocess.ts";
import { isSeeded } from "../../methods/bind.ts";
import type { MethodName } from "../../methods/registry.ts";
import type { Box } from "../../metrics/box.ts";
import type { MetricDescriptor, MetricNeed } from "../../metrics/metric.ts";
import {
  allMetrics,
  hasNoOptions,
  keyOf,
  metricByKey,
  type MetricConfigs,
  type MetricKey,
  type MetricName,
} from "../../metrics/registry.ts";
import { completeOptions, type GivenOptions, isGiven } from "../../options/complete.ts";
import { hyphenated } from "../../options/describe.ts";
import { seededMethods } from "./method-config.ts";
import type { Extent } from "../../tensor/tensor.ts";

/** The metrics that a request asks for, with their options filled in; boxes are in pixels of the image as it was sent. */
export type MetricsConfig = MetricConfigs & { readonly boxes?: readonly Box[] };

const side = z.number({ error: "a number" });
const boxesSchema = z
  .array(z.strictObject({ left: side, top: side, right: side, bottom: side }))
  .refine(({ length }) => length >= 1 && length <= 100, { error: "1 to 100 boxes" });

/**
 * Metrics of a method's map as they will be computed; undefined where there are none. A metric is asked for by an object of its
 * options, of which any may be left out, or by `true`; null, undefined and `false` ask for nothing.
 *
 * @throws CodedError BAD_USER_INPUT for an unknown metric or option, a value out of range, boxes that do not lie in the image, metrics
 * of boxes without any, and a metric of seeds where the method has none
 */
export function completeMetrics(
  given: unknown,
  image: Extent,
  input: Preprocessing,
  method: MethodName,
): MetricsConfig | undefined {
  const { boxes: givenBoxes, ...others } = (given ?? {}) as Readonly<Record<string, unknown>>;
  const requested = Object.entries(others).filter(([, value]) => isGiven(value) && value !== false);
  for (const [key] of requested)
    if (!metricByKey(key)) refuse(`There is no metric \`${key}\`; there are ${listed(allMetrics())}.`);
  const configs = allMetrics().flatMap((metric) => {
    const [key, value] = requested.find(([each]) => each === keyOf(metric.name)) ?? [];
    return key === undefined ? [] : [[key, completeMetric(metric, value, input)] as const];
  });
  const boxes = isGiven(givenBoxes) ? completeBoxes(givenBoxes) : undefined;
  const config: MetricsConfig = { ...Object.fromEntries(configs), ...(boxes && { boxes }) };
  checkBoxes(config, image, input);
  for (const metric of needing("seed")) {
    if (!(keyOf(metric.name) in config) || isSeeded(method)) continue;
    const seeded = seededMethods().join(", ");
    refuse(`\`metrics.${keyOf(metric.name)}\` is for methods that have a seed, which are ${seeded}; ${method} has none.`);
  }
  return Object.keys(config).length === 0 ? undefined : config;
}

/** A metric that a request asks for. */
export interface RequestedMetric {
  readonly metric: MetricDescriptor<MetricName>;
  readonly options: Readonly<Record<string, unknown>>;
}

/** The metrics of a config in the order of the registry. An option that is newer than the config has its default. */
export function requestedMetrics(config: MetricsConfig | undefined): readonly RequestedMetric[] {
  return allMetrics().flatMap((metric) => {
    const options = config?.[keyOf(metric.name)];
    return options === undefined ? [] : [{ metric, options: metric.options.parse(options === true ? {} : options) }];
  });
}

/** The keys of the metrics that need boxes, or a method with a seed. */
export function keysNeeding(need: MetricNeed): readonly MetricKey[] {
  return needing(need).map(({ name }) => keyOf(name));
}

/**
 * The metric of a name, in any case and with - between its words, and how all of it is left as in its paper. Throws BAD_USER_INPUT.
 */
export function metricNamed(text: string): readonly [key: MetricKey, asInItsPaper: true | object] {
  const known = allMetrics().find(({ name }) => name.replaceAll("_", "") === text.toUpperCase().replaceAll(/[-_]/g, ""));
  if (known) return [keyOf(known.name), hasNoOptions(known) ? true : {}];
  const names = allMetrics().map(({ name }) => hyphenated(keyOf(name)));
  return refuse(`There is no metric ${JSON.stringify(text)}; there are ${names.join(", ")}.`);
}

function completeMetric(metric: MetricDescriptor<MetricName>, given: unknown, input: Preprocessing): true | object {
  const key = keyOf(metric.name);
  if (given !== true && (typeof given !== "object" || given === null || Array.isArray(given))) {
    refuse(`Expected \`metrics.${key}\` to be true or an object of options, got ${String(given)}.`);
  }
  const context = { owner: `The metric ${key}`, path: `metrics.${key}.` };
  const options = completeOptions(metric.options, given === true ? {} : (given as GivenOptions), context);
  const wrong = metric.check?.(options, input);
  if (wrong !== undefined) refuse(`Expected \`metrics.${key}.${wrong}.`);
  return hasNoOptions(metric) ? true : options;
}

function completeBoxes(given: unknown): readonly Box[] {
  const result = boxesSchema.safeParse(given, { reportInput: true });
  if (result.success) return result.data;
  const { path, message, input: got } = result.error.issues[0]!;
  return refuse(
    `Expected \`${["metrics.boxes", ...path].join(".")}\` to be ${message}, got ${Array.isArray(got) ? got.length : String(got)}.`,
  );
}

function checkBoxes({ boxes, ...config }: MetricsConfig, image: Extent, input: Preprocessing): void {
  const isNeeded = needing("boxes").some(({ name }) => keyOf(name) in config);
  const needy = listed(needing("boxes"));
  if (isNeeded && !boxes) refuse(`\`metrics.boxes\` is missing: ${needy} need the object's boxes.`);
  if (boxes && !isNeeded) refuse(`\`metrics.boxes\` is for ${needy}; ask for one of them.`);
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

function needing(need: MetricNeed): readonly MetricDescriptor<MetricName>[] {
  return allMetrics().filter(({ needs }) => needs === need);
}

/** "`pointingGame`, `energyInside` and `localisation`" */
function listed(metrics: readonly MetricDescriptor<MetricName>[]): string {
  const keys = metrics.map(({ name }) => `\`${keyOf(name)}\``);
  return keys.length < 2 ? keys.join("") : `${keys.slice(0, -1).join(", ")} and ${keys.at(-1)!}`;
}

function refuse(message: string): never {
  throw new CodedError("BAD_USER_INPUT", message);
}
