import type { MetricDescriptor, MetricNeed } from "../../lib/metrics/metric.ts";
import { allMetrics, keyOf, type MetricName } from "../../lib/metrics/registry.ts";
import { commandName } from "../../lib/options/describe.ts";
import { anchorOf, sentence } from "./markdown.ts";
import { optionsTable } from "./options-table.ts";

/** docs/metrics.md: what each metric says, where it comes from, and its options. */
export function metricsPage(): string {
  const contents = allMetrics().map(({ name, title, higherIsBetter }) => {
    return `| [${title}](#${anchorOf(title)}) | \`${commandName(name)}\` | ${higherIsBetter ? "higher" : "lower"} |`;
  });
  return [
    "<!-- Written by `npm run docs` from lib/metrics. -->",
    "# Metrics",
    `Numbers that say how far a saliency map can be trusted, computed after the map. GraphQL takes them as \`metrics\` of a request
(\`faithfulnessCorrelation: { runs: 50 }\`), the command line as \`--metrics faithfulness-correlation:runs=50\`; options have hyphens there
and capitals in GraphQL. The \`metrics\` query describes them to programs.`,
    ["| metric | name | better is |", "|---|---|---|", ...contents].join("\n"),
    ...allMetrics().flatMap(sectionOf),
  ]
    .join("\n\n")
    .concat("\n");
}

const needs: Record<MetricNeed, string> = {
  boxes: "It needs the object's boxes.",
  seed: "It is for methods whose map depends on a seed.",
};

function sectionOf(metric: MetricDescriptor<MetricName>): string[] {
  const { name, title, description, citation, higherIsBetter, needs: need, options } = metric;
  const direction = `**${higherIsBetter ? "Higher" : "Lower"} is better.**`;
  const names = `In GraphQL \`${keyOf(name)}\` and \`${name}\`, on the command line \`${commandName(name)}\`.`;
  return [
    `## ${title}`,
    [description, direction, ...(need ? [needs[need]] : [])].map(sentence).join(" "),
    ...(citation === "" ? [] : [citation]),
    names,
    optionsTable(options),
  ];
}
