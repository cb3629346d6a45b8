import { CodedError } from "../../errors.ts";
import { readLabels } from "./facts.ts";
import type { Facts } from "./facts.ts";

/** The options of the command line that state facts. */
type FactOption =
  | "id"
  | "title"
  | "licence"
  | "labels"
  | "size"
  | "mean"
  | "sd"
  | "resize"
  | "interpolation"
  | "layout"
  | "channels"
  | "range"
  | "output"
  | "embedding"
  | "grid"
  | "prefix-tokens"
  | "delta";

/**
 * The facts that the options state.
 *
 * @throws CodedError BAD_USER_INPUT, with what is allowed, where one is written in another way
 */
export async function factsOf(text: (option: FactOption) => string | undefined): Promise<Facts> {
  const labels = text("labels");
  const embedding = {
    tensor: text("embedding"),
    grid: numbers("grid", text("grid"), 2),
    prefixTokens: numbers("prefix-tokens", text("prefix-tokens"), 1)?.[0],
  };
  const size = numbers("size", text("size"), 1) ?? [];
  const facts = {
    id: text("id"),
    title: text("title"),
    licence: text("licence"),
    labels: labels === undefined ? undefined : await readLabels(labels),
    size: text("size") === undefined ? undefined : { height: size[0], width: size[1] ?? size[0] },
    mean: triple("mean", text("mean"), text("channels")),
    sd: triple("sd", text("sd"), text("channels")),
    resize: resizeOf(text("resize")),
    interpolation: text("interpolation"),
    layout: oneOf("layout", text("layout"), ["nchw", "nhwc"]),
    channels: oneOf("channels", text("channels"), ["rgb", "bgr", "gray"]),
    range: oneOf("range", text("range"), ["normalised", "0-1", "0-255"]),
    output: text("output"),
    embedding: Object.values(embedding).some((value) => value !== undefined) ? defined(embedding) : undefined,
    delta: numbers("delta", text("delta"), 1)?.[0],
  };
  return defined(facts) as Facts;
}

/** `stretch`, `crop:256` with what the shorter edge is scaled to, or `stretch-crop:256x256`. */
function resizeOf(text: string | undefined): Facts["resize"] {
  if (text === undefined || text === "stretch") return text && { fit: text };
  const [, edge] = /^crop:(\d+)$/.exec(text) ?? [];
  if (edge) return { fit: "crop", shortestEdge: Number(edge) };
  const [, height, width] = /^stretch-crop:(\d+)x(\d+)$/.exec(text) ?? [];
  if (height && width) return { fit: "stretch-crop", height: Number(height), width: Number(width) };
  throw new CodedError("BAD_USER_INPUT", `Expected --resize stretch, crop:PIXELS or stretch-crop:HxW, got "${text}".`);
}

function oneOf<Value extends string>(option: string, text: string | undefined, allowed: readonly Value[]): Value | undefined {
  const found = allowed.find((each) => each === text);
  if (text === undefined || found) return found;
  throw new CodedError("BAD_USER_INPUT", `Expected --${option} to be ${allowed.join(", ")}, got "${text}".`);
}

/** Three numbers; of grey images one is enough. */
function triple(option: string, text: string | undefined, channels: string | undefined): number[] | undefined {
  const found = numbers(option, text, channels === "gray" ? 1 : 3);
  return found?.length === 1 ? [found[0]!, found[0]!, found[0]!] : found;
}

/** At least so many numbers, between commas or, of a size, an x. */
function numbers(option: string, text: string | undefined, least: number): number[] | undefined {
  const found = text?.split(/[,x]/).map(Number);
  if (!found || (found.length >= least && found.every(Number.isFinite) && !found.includes(NaN))) return found;
  throw new CodedError(
    "BAD_USER_INPUT",
    `Expected --${option} to be ${least === 1 ? "a number" : `${least} numbers`}, got "${text}".`,
  );
}

function defined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
