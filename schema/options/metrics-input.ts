import { allMetrics, hasNoOptions, keyOf, type MetricName } from "../../lib/metrics/registry.ts";
import type { MetricDescriptor, MetricNeed } from "../../lib/metrics/metric.ts";
import { builder } from "../builder.ts";
import { optionsInput } from "./option-fields.ts";

const BoxInput = builder.inputType("BoxInput", {
  description: "In pixels of the image as it is sent, upright.",
  fields: (t) => ({
    left: t.float({ required: true }),
    top: t.float({ required: true }),
    right: t.float({ required: true }),
    bottom: t.float({ required: true }),
  }),
});

const inputs = new Map(
  allMetrics()
    .filter((metric) => !hasNoOptions(metric))
    .map((metric) => [metric.name, optionsInput(inputName(metric.name), `Options of ${metric.title}.`, metric.options)]),
);

export const MetricsInput = builder.inputType("MetricsInput", {
  description:
    "Which metrics are computed of the map of the explained class; `{}` asks for one with its defaults, `true` for one without options. They come after the map. `metrics` describes them.",
  fields: (t) => ({
    ...Object.fromEntries(
      allMetrics().map((metric) => {
        const type = inputs.get(metric.name);
        const text = { description: textOf(metric) };
        return [keyOf(metric.name), type ? t.field({ type, ...text }) : t.boolean(text)];
      }),
    ),
    boxes: t.field({ type: [BoxInput], description: "Where the object is, 1 to 100 boxes." }),
  }),
});

const needs: Record<MetricNeed, string> = { boxes: " Needs boxes.", seed: " For methods that have a seed." };

function textOf({ description, needs: need }: MetricDescriptor): string {
  return `${description}${need ? needs[need] : ""}`;
}

/** FAITHFULNESS_CORRELATION: FaithfulnessCorrelationInput. */
function inputName(name: MetricName): string {
  const key = keyOf(name);
  return `${key.charAt(0).toUpperCase()}${key.slice(1)}Input`;
}
