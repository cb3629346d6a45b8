import { textOf } from "../../ask/options.ts";
import type { MethodDescription } from "../../methods.ts";
import type { Explanation } from "../use-explanation.ts";

/** A GraphQL request, with the photograph as its variable, that gives the same map, and what is measured of it, again. */
export function reproducingQuery(explanation: Explanation, method: MethodDescription, target: number): string {
  const { model, optionValues, metricsAsked, boxes } = explanation;
  const input = [
    "image: $image",
    `model: ${JSON.stringify(model?.id ?? "?")}`,
    `target: "${target}"`,
    `method: { ${method.field}: ${methodValue(optionValues, method)} }`,
    ...(metricsAsked.length > 0 ? [`metrics: ${block(metricFields(metricsAsked, boxes), 1)}`] : []),
  ];
  return `mutation ($image: Upload) {
  explainImage(input: {
    ${input.join("\n    ")}
  }) {
    id
  }
}`;
}

/** The same request for a shell: GraphQL's multipart requests are what a file travels in. `key` says that the server wants one. */
export function reproducingCurl(query: string, origin: string, format: string, key: boolean): string {
  const operations = JSON.stringify({ query: query.replaceAll(/\s+/g, " "), variables: { image: null } });
  return [
    `curl ${origin}/graphql -H 'x-graphql-yoga-csrf: 1'`,
    ...(key ? [`-H "x-api-key: $KEY"`] : []),
    `-F operations=${quoted(operations)}`,
    `-F map='{"image":["variables.image"]}'`,
    `-F image=@photograph.${format}`,
  ].join(" \\\n  ");
}

function methodValue(used: Explanation["optionValues"], { options }: MethodDescription): string {
  if (options.length === 0) return "true";
  const enums = options.filter(({ type }) => type === "ENUM").map(({ name }) => name);
  const fields = used.map(({ name, value }) => `${name}: ${enums.includes(name) ? textOf(value) : JSON.stringify(value)}`);
  return block(fields, 3);
}

function metricFields(asked: Explanation["metricsAsked"], boxes: Explanation["boxes"]): string[] {
  const fields = asked.map(({ about, options }) => {
    const used = fieldsOf(options as Readonly<Record<string, unknown>>);
    return `${about.name}: ${used.length === 0 ? "true" : `{ ${used.join(", ")} }`}`;
  });
  const sides = boxes.map((box) => `{ ${fieldsOf(box).join(", ")} }`);
  return sides.length > 0 ? [...fields, `boxes: [${sides.join(", ")}]`] : fields;
}

/** What is null is not there. */
function fieldsOf(values: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(values)
    .filter(([, value]) => value !== null)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, value]) => `${name}: ${String(value)}`);
}

/** In a line; from `many` fields on, a line each. */
function block(fields: readonly string[], many: number): string {
  return fields.length < many ? `{ ${fields.join(", ")} }` : `{\n      ${fields.join("\n      ")}\n    }`;
}

/** For a shell, as it is. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
