import type { ModelsQuery } from "../api/operations.ts";

type Model = ModelsQuery["models"][number];

/** From so many classes on, a model knows most of what people photograph. */
const MANY = 200;

/** How many classes are named. */
const NAMED = 7;

/** Letters that the select has room for. */
const ROOM = 28;

/** A model's title, "emoji-vit: a small ViT for 40 kinds of emoji", as a name for the select, and what is said beneath. */
export function namesOf({ title }: Pick<Model, "title">): readonly [name: string, about: string] {
  const [, name, about] = /^([^:]+): (.+)$/.exec(title) ?? ["", title, ""];
  return [name, name.length > ROOM ? title : about];
}

/** What a model can recognise, for people who do not know it: how many classes; and some of them, those of its examples first. */
export function knownWords(
  { labels }: Pick<Model, "labels">,
  examples: readonly string[],
): readonly [much: string, what: string] {
  const much = `This model knows ${labels.length.toLocaleString("en")} classes`;
  const some = namedOf(labels, examples);
  if (labels.length >= MANY) return [much, `: ${some}`];
  const instead = examples.length > 0 ? "give it one of the examples, or add a model of your own" : "other models know others";
  return [`${much} and nothing else`, `: ${some} Any other photograph it takes for one of these: ${instead}.`];
}

function namedOf(labels: readonly string[], examples: readonly string[]): string {
  const shown = examples.flatMap((name) => name.split("-")).filter((label) => labels.includes(label));
  const spread = Array.from({ length: NAMED }, (_, i) => labels[Math.floor((i * labels.length) / NAMED)]!);
  const named = [...new Set([...shown, ...spread])].slice(0, Math.min(NAMED, labels.length));
  return `${named.map((label) => label.split(",")[0]!.replaceAll("_", " ")).join(", ")}${named.length < labels.length ? ", …" : "."}`;
}
