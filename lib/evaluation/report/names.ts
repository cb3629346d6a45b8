import { allMetrics, type MetricName, metricOf } from "../../metrics/registry.ts";

/** The method that others are compared with, as a row names it. */
export const VIT_CX = "vit-cx";

const METHODS: Readonly<Record<string, string>> = {
  [VIT_CX]: "ViT-CX",
  occlusion: "Occlusion",
  rise: "RISE",
  "score-cam": "Score-CAM",
  random: "Random map",
  "centre-gaussian": "Centre Gaussian",
};

/** The rows of the paper's Table 2, with its numbers. */
const VARIANTS: Readonly<Record<string, string>> = {
  "vit-cx:masks=all": "1 All masks",
  "vit-cx:masks=random": "2 Random masks",
  "vit-cx:noise-sd=0": "3 Undebiased score",
  "vit-cx:corrected=false": "4 Uncorrected",
  "vit-cx:corrected=false:noise-sd=0": "5 Undebiased, uncorrected",
};

const KINDS = ["reference", "method", "ablation", "option"] as const;

/** What sort of method it is: ViT-CX, another one, an ablation of ViT-CX as in the paper, or ViT-CX with other options. */
export type MethodKind = (typeof KINDS)[number];

export function kindOf(method: string): MethodKind {
  if (method === VIT_CX) return "reference";
  if (Object.hasOwn(VARIANTS, method)) return "ablation";
  return method.startsWith(`${VIT_CX}:`) ? "option" : "method";
}

/** A method for people: `vit-cx:noise-draws=4` is ViT-CX (noise draws 4). */
export function methodTitle(method: string): string {
  if (Object.hasOwn(VARIANTS, method)) return VARIANTS[method]!;
  const [name = "", ...settings] = method.split(":");
  const title = METHODS[name] ?? name;
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
  const [name, known] = kindOf(method) === "ablation" ? [method, VARIANTS] : [method.split(":")[0]!, METHODS];
  const place = Object.keys(known).indexOf(name);
  return 100 * kind + (place === -1 ? 99 : place);
}
