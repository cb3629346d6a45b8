import type { MethodDescription } from "../methods.ts";
import { numberOf, sidesOf } from "./boxes.ts";
import { type MetricForm, metricsOf } from "./metrics.ts";
import { type Choice, choiceOf, rangeWords } from "./options.ts";
import { needsBoxes, type Settings } from "./settings.ts";

/** What is wrong, by field: "image", "model", "method", "target", "boxes", `options.seed`, `metrics.deletion.steps`; "form" for the rest. */
export type Errors = { readonly [field in string]?: string };

/** What need not even be sent, beside its field. */
export function problemsOf(metrics: readonly MetricForm[], settings: Settings, method: MethodDescription): Errors {
  const { options, metrics: asked, boxes } = settings;
  const texts = options[method.name] ?? {};
  const ofMethod = method.options.map((each) => [`options.${each.name}`, choiceOf(each), texts[each.name] ?? ""] as const);
  const ofMetrics = metricsOf(metrics, method).flatMap(({ name, options }) => {
    const texts = asked[name];
    if (!texts) return [];
    return options.map((each) => [`metrics.${name}.${each.name}`, choiceOf(each), texts[each.name] ?? ""] as const);
  });
  const found = [...ofMethod, ...ofMetrics].flatMap(([field, choice, text]) => {
    const problem = problemOf(choice, text.trim());
    return problem === undefined ? [] : [[field, problem]];
  });
  if (needsBoxes(metrics, settings) && boxes.length === 0) found.push(["boxes", "Draw a box around the object first."]);
  else if (
    needsBoxes(metrics, settings) &&
    boxes.some((box) => Object.values(sidesOf(box)).some((side) => !Number.isFinite(side)))
  )
    found.push(["boxes", "Each side of a box needs a number."]);
  return Object.fromEntries(found);
}

function problemOf({ label, range }: Choice, text: string): string | undefined {
  if (!range || text === "") return undefined;
  const value = numberOf(text);
  const enter = `Enter ${rangeWords(range)} for “${label}”`;
  if (Number.isNaN(value)) return `“${text}” is not a number. ${enter}.`;
  const isIn = (range.above ? value > range.from : value >= range.from) && value <= range.to;
  return isIn && (!range.whole || Number.isInteger(value)) ? undefined : `${enter}, not ${text}.`;
}

/** The field that an error of the API about a request for this method is about; undefined where it is about none of them. */
export function fieldOf(code: string, message: string, method: MethodDescription | undefined): string | undefined {
  if (code.startsWith("IMAGE_") || code.startsWith("UPLOAD_")) return "image";
  if (code.startsWith("MODEL_")) return "model";
  if (code.startsWith("METHOD_")) return "method";
  if (code === "CLASS_UNKNOWN") return "target";
  if (code === "UNREACHABLE") return undefined;
  if (/\bbox(es)?\b/.test(message)) return "boxes";
  if (message.includes("`metrics.") || message.includes('"input.metrics.')) return /\bmetrics\.\w+\.\w+/.exec(message)?.[0];
  const option = method?.options.find(({ name }) => message.includes(`\`${name}\``) || message.includes(`.${name}"`));
  return option && `options.${option.name}`;
}

/** An error of the API about a field, which calls the field as the form does rather than as a request would. */
export function inWords(metrics: readonly MetricForm[], message: string, method: MethodDescription | undefined): string {
  const ofMetrics = metrics.flatMap(({ name, options }) => options.map((each) => [`metrics.${name}.${each.name}`, each.title]));
  const ofMethod = method?.options.map(({ name, title }) => [name, title]) ?? [];
  const labels: Readonly<Record<string, string>> = Object.fromEntries([...ofMethod, ...ofMetrics]);
  return message.replaceAll(/`([\w.]+)`/g, (name, inner: string) => (labels[inner] === undefined ? name : `“${labels[inner]}”`));
}
