import type { Method, MetricFormFragment, OptionFormFragment } from "../api/operations.ts";
import { type Choice, has } from "./options.ts";

/** A way to measure a map, as the API describes it. */
export type MetricForm = MetricFormFragment;

/** Those that a method's map can be measured by. */
export function metricsOf(metrics: readonly MetricForm[], method: Method): readonly MetricForm[] {
  return metrics.filter(({ needs }) => needs !== "SEED" || has(method, "seed"));
}

/** An option as the form shows it. */
export function choiceOf(option: OptionFormFragment): Choice & { readonly name: string } {
  const { name, title, description, type, default: value, minimum, maximum, isAbove, unit, values } = option;
  const choice = { name, label: title, hint: description };
  if (type === "ENUM")
    return {
      ...choice,
      values: firstOf(
        values.map((each) => [each.value, each.description] as const),
        value,
      ),
    };
  if (type === "BOOLEAN")
    return {
      ...choice,
      values: firstOf(
        [
          ["true", "Yes"],
          ["false", "No"],
        ] as const,
        value,
      ),
    };
  const range = { from: minimum ?? -Infinity, to: maximum ?? Infinity };
  return {
    ...choice,
    range: { ...range, ...(isAbove && { above: true }), ...(type === "INTEGER" && { whole: true }), ...(unit && { unit }) },
    ...(typeof value === "number" && { fallback: String(value) }),
  };
}

/** The values of a choice, the default first. */
function firstOf(values: readonly (readonly [string, string])[], value: unknown): readonly (readonly [string, string])[] {
  return [...values.filter(([name]) => name === String(value)), ...values.filter(([name]) => name !== String(value))];
}
