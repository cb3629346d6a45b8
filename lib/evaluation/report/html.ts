/** HTML that may stand in HTML as it is. */
export interface Html {
  readonly html: string;
}

type Value = Html | string | number | boolean | null | undefined | readonly Value[];

/** HTML with values in it: text is escaped, for elements and quoted attributes alike, and what is null or a boolean left out. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return { html: String.raw({ raw: parts }, ...values.map(written)) };
}

/** HTML from elsewhere, not escaped: never of what a user has named. */
export function raw(text: string): Html {
  return { html: text };
}

function written(value: Value): string {
  if (value === null || value === undefined || typeof value === "boolean") return "";
  if (typeof value === "string" || typeof value === "number") return escaped(`${value}`);
  return "html" in value ? value.html : value.map(written).join("");
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
}
