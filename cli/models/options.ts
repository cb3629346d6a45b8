import { parseArgs } from "node:util";

const TEXTS = ["id", "title", "licence", "labels", "size", "mean", "sd", "resize", "interpolation"] as const;
const MORE = ["output", "embedding", "grid", "prefix-tokens", "delta", "file", "image"] as const;

/** What `npm run models` is told on the command line. */
export interface Arguments {
  readonly positionals: readonly string[];
  readonly json: boolean;
  readonly help: boolean;
  /** An option's text; undefined where it is not given. */
  readonly text: (option: (typeof TEXTS)[number] | (typeof MORE)[number]) => string | undefined;
}

export function readArguments(args: readonly string[]): Arguments {
  const texts = Object.fromEntries([...TEXTS, ...MORE].map((name) => [name, { type: "string" as const }]));
  const flags = { json: { type: "boolean" as const }, help: { type: "boolean" as const } };
  const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options: { ...texts, ...flags } });
  const all: Record<string, string | boolean | undefined> = values;
  const text: Arguments["text"] = (option) => all[option] as string | undefined;
  return { positionals, text, json: values.json === true, help: values.help === true };
}
