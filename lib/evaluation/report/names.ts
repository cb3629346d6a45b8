import { textOf } from "../../explanation/request/parse-method.ts";
import { methodOf } from "../../methods/bind.ts";
import { methods } from "../../methods/registry.ts";
import { allMetrics, type MetricName, metricOf } from "../../metrics/registry.ts";

/** The method that others are compared with, as a row names it. */
export const VIT_CX = textOf("VIT_CX");

const METHODS = new Map(methods.map(({ name, title }) => [textOf(name), title]));

/** The rows of the paper's Table 2, with its numbers. */
const VARIANTS = new Map((methodOf("VIT_CX").ablations ?? []).map(({ title, options }) => [textOf("VIT_CX", options), title]));

const KINDS = ["reference", "method", "ablation", "option"] as const;

/** What sort of method it is: ViT-CX, another one, an ablation of ViT-CX as in the paper, or ViT-CX with other options. */
export type MethodKind = (typeof KINDS)[number];

export function kindOf(method: string): MethodKind {
  if (method === VIT_CX) return "reference";
  if (VARIANTS.has(method)) return "ablation";
  return method.startsWith(`${VIT_CX}:`) ? "option" : "method";
}

/** A method for people: `vit-cx:noise-draws=4` is ViT-CX (noise draws 4). */
export function methodTitle(method: string): string {
  const variant = VARIANTS.get(method);
  if (variant !== undefined) return variant;
  const [name = "", ...settings] = method.split(":");
  const title = METHODS.get(name) ?? name;
  return settings.length === 0 ? title : `${title} (${settings.map((setting) => setting.replaceAll(/[-=]/g, " ")).join(", ")})`;
}

/** A metric for people, with the direction in which it is better: Deletion ↓. */
export function metricTitle(metric: MetricName): string {
  const { title, higherIsBetter } = metricOf(metric);
  return `${title} ${higherIsBetter ? "↑" : "↓"}`;
}

/** ViT-CX, the other methods, its ablations, and it with other options; each as above, then by name. */
export function byMethod(a: string, b: string): number {
  return rankOf(a) - rankOf(b) || a.localeCompare(b, "en", { numeric: true });
}

export function byMetric(a: MetricName, b: MetricName): number {
  const order = allMetrics().map(({ name }) => name);
  return order.indexOf(a) - order.indexOf(b);
}

function rankOf(method: string): number {
  const kind = KINDS.indexOf(kindOf(method));
  const [name, known] =
    kindOf(method) === "ablation" ? ([method, VARIANTS] as const) : ([method.split(":")[0]!, METHODS] as const);
  const place = [...known.keys()].indexOf(name);
  return 100 * kind + (place === -1 ? 99 : place);
}
