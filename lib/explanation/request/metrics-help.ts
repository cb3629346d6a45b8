import { allMetrics, keyOf } from "../../metrics/registry.ts";
import type { MetricDescriptor } from "../../metrics/metric.ts";
import { hyphenated } from "../../options/describe.ts";

/** How `--metrics` is written, for a help text: "deletion, insertion; with a box pointing-game; with options, as …". */
export function metricsHelp(): string {
  const ofBoxes = namesOf(({ needs }) => needs === "boxes");
  const example = "deletion:steps=56:canvas=black";
  return `${namesOf(({ needs }) => needs !== "boxes")}; with a box ${ofBoxes}; several with commas between them, and with options, as ${example}`;
}

/** What `evaluate` measures where nobody says, for a help text. */
export function defaultMetricsHelp(): string {
  const names = namesOf(({ byDefault, needs }) => byDefault && needs !== "boxes");
  return `${names}, and ${namesOf(({ byDefault, needs }) => byDefault && needs === "boxes")} where there are boxes`;
}

function namesOf(filter: (metric: MetricDescriptor) => boolean): string {
  return allMetrics()
    .filter(filter)
    .map(({ name }) => hyphenated(keyOf(name)))
    .join(", ");
}
