import type { ExplainImageInput, Method } from "../api/operations.ts";
import { has, type OptionName, options } from "./options.ts";

/** What can be chosen, as the form holds it: what is empty takes its default. */
export interface Settings extends Readonly<Record<OptionName, string>> {
  readonly model: string;
  readonly method: Method;
  readonly target: string;
  /** Whether deletion and insertion are measured. */
  readonly measure: boolean;
}

export type Field = "image" | keyof Settings;

export const defaults: Settings = {
  model: "",
  method: "VIT_CX",
  target: "",
  measure: false,
  delta: "",
  noiseSd: "",
  noiseDraws: "",
  count: "",
  cells: "",
  visible: "",
  window: "",
  stride: "",
  seed: "",
};

/** What is sent to the API; of the options only those that the method has. */
export function inputOf(image: File, settings: Settings): ExplainImageInput {
  const { model, method, target, measure } = settings;
  const given = (name: OptionName) => (has(method, name) && settings[name].trim() !== "" ? Number(settings[name]) : null);
  const names = options.map(({ name }) => name).filter((name) => name !== "seed");
  return {
    image,
    model: model || null,
    method,
    target: target.trim() || null,
    seed: given("seed"),
    options: Object.fromEntries(names.map((name) => [name, given(name)])),
    metrics: measure ? { deletion: {}, insertion: {} } : null,
  };
}

/** The field that an error is about; undefined where it is about none of them. */
export function fieldOf(code: string, message: string): Field | undefined {
  if (code.startsWith("IMAGE_")) return "image";
  if (code.startsWith("MODEL_")) return "model";
  if (code === "CLASS_UNKNOWN") return "target";
  if (code === "UNREACHABLE") return undefined;
  return options.map(({ name }) => name).find((name) => new RegExp(`\\b${name}\\b`).test(message));
}
