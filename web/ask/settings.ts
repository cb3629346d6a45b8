import type { ExplainImageInput, ExplanationQuery, Method, MethodInput, MetricsInput } from "../api/operations.ts";
import type { MethodDescription } from "../methods.ts";
import { type BoxText, boxText, numberOf, sidesOf } from "./boxes.ts";
import { type MetricForm, metricsOf } from "./metrics.ts";
import { type Choice, choiceOf, textOf } from "./options.ts";

type Explanation = NonNullable<ExplanationQuery["explanation"]>;

/** What can be chosen, as the form holds it: text, and what is empty takes its default. */
export interface Settings {
  readonly model: string;
  readonly method: Method | "";
  readonly target: string;
  /** The options of each method that some were filled in for, by their names. */
  readonly options: { readonly [method in Method]?: Texts };
  /** The metrics that are asked for, and their options. */
  readonly metrics: { readonly [name in string]?: Texts };
  /** Where the object is, for the metrics that need to know. */
  readonly boxes: readonly BoxText[];
}

type Texts = Readonly<Record<string, string>>;

export const defaults: Settings = { model: "", method: "", target: "", options: {}, metrics: {}, boxes: [] };

/** Whether boxes have to be drawn before anything can be sent. */
export function needsBoxes(metrics: readonly MetricForm[], { metrics: asked }: Settings): boolean {
  return metrics.some(({ name, needs }) => needs === "BOXES" && asked[name]);
}

/** What is sent to the API beside the image, of the method that the settings name. */
export function inputOf(metrics: readonly MetricForm[], settings: Settings, method: MethodDescription): ExplainImageInput {
  const { model, target, options } = settings;
  return {
    model: model || null,
    method: { [method.field]: methodInput(method, options[method.name] ?? {}) } as unknown as MethodInput,
    target: target.trim() || null,
    metrics: metricsInputOf(metrics, settings, method),
  };
}

function methodInput({ options }: MethodDescription, texts: Texts): object | true {
  if (options.length === 0) return true;
  const filled = options.filter(({ name }) => texts[name]?.trim());
  return Object.fromEntries(filled.map((option) => [option.name, valueOf(choiceOf(option), texts[option.name]!)]));
}

function metricsInputOf(metrics: readonly MetricForm[], settings: Settings, method: MethodDescription): MetricsInput | null {
  const asked = metricsOf(metrics, method).filter(({ name }) => settings.metrics[name]);
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

/** What another explanation was asked with, of the class with index `target` in place of its own. */
export function settingsOf(explanation: Explanation, target?: number): Settings {
  const { model, method, optionValues, metricsAsked, boxes } = explanation;
  const asked = metricsAsked.map(({ about, options }) => [about.name, Object.fromEntries(textsOf(options as Values))]);
  return {
    ...defaults,
    method,
    options: { [method]: Object.fromEntries(optionValues.map(({ name, value }) => [name, textOf(value)])) },
    model: model?.id ?? "",
    target: target === undefined ? requestedClass(explanation) : nameOfClass(model?.labels ?? [], target),
    metrics: Object.fromEntries(asked),
    boxes: boxes.map(boxText),
  };
}

/** The class that was asked for; empty where it is the most probable one, which is what is explained without asking. */
function requestedClass({ target, predictions, model }: Explanation): string {
  if (!target || target.index === predictions[0]?.index) return "";
  return nameOfClass(model?.labels ?? [], target.index);
}

/** Its label; its index where that is another class's label, too. */
function nameOfClass(labels: readonly string[], index: number): string {
  const isUnique = labels.filter((label) => label === labels[index]).length === 1;
  return isUnique ? labels[index]!.replaceAll("_", " ") : String(index);
}

type Values = Readonly<Record<string, string | number | boolean | null>>;

function textsOf(values: Values): [string, string][] {
  return Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]));
}
