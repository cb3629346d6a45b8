import { has } from "../ask/options.ts";
import type { Explanation } from "./use-explanation.ts";

/** A GraphQL request, with the photograph as its variable, that gives the same map again. */
export function reproducingQuery({ method, model, options, seed }: Explanation, target: number): string {
  const used = Object.entries(options)
    .filter(([, value]) => value !== null)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, value]) => `${name}: ${String(value)}`);
  const input = [
    "image: $image",
    `model: ${JSON.stringify(model?.id ?? "?")}`,
    `target: "${target}"`,
    `method: ${method}`,
    ...(has(method, "seed") ? [`seed: ${seed}`] : []),
    ...(used.length > 0
      ? [`options: ${used.length > 2 ? `{\n      ${used.join("\n      ")}\n    }` : `{ ${used.join(", ")} }`}`]
      : []),
  ];
  return `mutation ($image: File) {
  explainImage(input: {
    ${input.join("\n    ")}
  }) {
    id
  }
}`;
}
