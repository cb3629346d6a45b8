import { numberOf, sidesOf } from "./boxes.ts";
import { metricsOf } from "./metrics.ts";
import { type Choice, has, options } from "./options.ts";
import { needsBoxes, type Settings } from "./settings.ts";

/** What is wrong, by field: "image", "model", "target", "boxes", an option's name, `metrics.deletion.steps`; "form" for the rest. */
export type Errors = { readonly [field in string]?: string };

/** What cannot even be sent, beside its field; the ranges are the server's to know. */
export function problemsOf(settings: Settings): Errors {
  const { method, metrics: asked, boxes } = settings;
  const ofMethod = options.filter(({ name }) => has(method, name)).map((each) => [each.name, each, settings[each.name]] as const);
  const ofMetrics = metricsOf(method).flatMap(({ name, options }) =>
    asked[name] ? options.map((each) => [`metrics.${name}.${each.name}`, each, asked[name]![each.name] ?? ""] as const) : [],
  );
  const found = [...ofMethod, ...ofMetrics].flatMap(([field, choice, text]) => {
    const problem = problemOf(choice, text.trim());
    return problem === undefined ? [] : [[field, problem]];
  });
  if (needsBoxes(settings) && boxes.length === 0) found.push(["boxes", "Draw a box around the object first."]);
  else if (needsBoxes(settings) && boxes.some((box) => Object.values(sidesOf(box)).some(Number.isNaN)))
    found.push(["boxes", "Each side of a box needs a number."]);
  return Object.fromEntries(found);
}

function problemOf({ values, whole }: Choice, text: string): string | undefined {
  if (values || text === "") return undefined;
  if (Number.isNaN(numberOf(text))) return `“${text}” is not a number.`;
  return whole && !Number.isInteger(numberOf(text)) ? `Expected a whole number, got ${text}.` : undefined;
}

/** The field that an error of the API is about; undefined where it is about none of them. */
export function fieldOf(code: string, message: string): string | undefined {
  if (code.startsWith("IMAGE_") || code.startsWith("UPLOAD_")) return "image";
  if (code.startsWith("MODEL_")) return "model";
  if (code === "CLASS_UNKNOWN") return "target";
  if (code === "UNREACHABLE") return undefined;
  if (/\bbox(es)?\b/.test(message)) return "boxes";
  if (message.includes("`metrics.") || message.includes('"input.metrics.')) return /\bmetrics\.\w+\.\w+/.exec(message)?.[0];
  return options.map(({ name }) => name).find((name) => new RegExp(`\\b${name}\\b`).test(message));
}
