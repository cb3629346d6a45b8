import type { ExplainImageInput, ExplanationQuery, Method, MetricsInput } from "../api/operations.ts";
import { type BoxText, boxText, numberOf, sidesOf } from "./boxes.ts";
import { choiceOf, type MetricForm, metricsOf } from "./metrics.ts";
import { type Choice, has, type OptionName, options } from "./options.ts";

type Explanation = NonNullable<ExplanationQuery["explanation"]>;

/** What can be chosen, as the form holds it: text, and what is empty takes its default. */
export interface Settings extends Readonly<Record<OptionName, string>> {
  readonly model: string;
  readonly method: Method;
  readonly target: string;
  /** The metrics that are asked for, and their options. */
  readonly metrics: { readonly [name in string]?: Readonly<Record<string, string>> };
  /** Where the object is, for the metrics that need to know. */
  readonly boxes: readonly BoxText[];
}

export const defaults: Settings = {
  model: "",
  method: "VIT_CX",
  target: "",
  metrics: {},
  boxes: [],
  delta: "",
  noiseSd: "",
  noiseDraws: "",
  masks: "",
  corrected: "",
  count: "",
  cells: "",
  visible: "",
  window: "",
  stride: "",
  seed: "",
};

/** Whether boxes have to be drawn before anything can be sent. */
export function needsBoxes(metrics: readonly MetricForm[], { method, metrics: asked }: Settings): boolean {
  return metricsOf(metrics, method).some(({ name, needs }) => needs === "BOXES" && asked[name]);
}

/** What is sent to the API beside the image; of the options only those that the method has, of the metrics only those that there are. */
export function inputOf(metrics: readonly MetricForm[], settings: Settings): ExplainImageInput {
  const { model, method, target } = settings;
  const given = options.filter(({ name }) => has(method, name) && settings[name].trim() !== "");
  const { seed, ...values } = Object.fromEntries(given.map((option) => [option.name, valueOf(option, settings[option.name])]));
  return {
    model: model || null,
    method,
    target: target.trim() || null,
    seed: (seed as number | undefined) ?? null,
    options: values,
    metrics: metricsInputOf(metrics, settings),
  };
}

function metricsInputOf(metrics: readonly MetricForm[], settings: Settings): MetricsInput | null {
  const asked = metricsOf(metrics, settings.method).filter(({ name }) => settings.metrics[name]);
  if (asked.length === 0) return null;
  const inputs = asked.map(({ name, options }) => {
    const texts = settings.metrics[name] ?? {};
    const given = options.flatMap((option) => {
      const text = texts[option.name];
      return text?.trim() ? [[option.name, valueOf(choiceOf(option), text)] as const] : [];
    });
    return [name, options.length === 0 ? true : Object.fromEntries(given)] as const;
  });
  return { ...Object.fromEntries(inputs), ...(needsBoxes(metrics, settings) && { boxes: settings.boxes.map(sidesOf) }) };
}

function valueOf({ values }: Choice, text: string): number | string | boolean {
  if (!values) return numberOf(text);
  return text === "true" || text === "false" ? text === "true" : text;
}

/** What another explanation was asked with. */
export function settingsOf(explanation: Explanation): Settings {
  const { model, method, options, seed, metricsAsked, boxes } = explanation;
  const used = Object.entries({ ...options, seed }).filter(([name, value]) => value !== null && has(method, name as OptionName));
  const asked = metricsAsked.map(({ about, options }) => [about.name, Object.fromEntries(textsOf(options as Values))]);
  return {
    ...defaults,
    ...(Object.fromEntries(textsOf(Object.fromEntries(used))) as Partial<Settings>),
    method,
    model: model?.id ?? "",
    target: askedClass(explanation),
    metrics: Object.fromEntries(asked),
    boxes: boxes.map(boxText),
  };
}

/** The class that was asked for; empty where it is the most probable one, which is what is explained without asking. */
function askedClass({ target, predictions, model }: Explanation): string {
  if (!target || target.index === predictions[0]?.index) return "";
  const isUnique = model?.labels.filter((label) => label === target.label).length === 1;
  return isUnique ? target.label.replaceAll("_", " ") : String(target.index);
}

type Values = Readonly<Record<string, string | number | boolean | null>>;

function textsOf(values: Values): [string, string][] {
  return Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]));
}
