import { extname } from "node:path";
import { parse } from "csv-parse/sync";
import { z } from "zod";
import { CodedError } from "../../errors.ts";
import { parseJson, readText } from "./text-file.ts";

/** How the files end that are taken for images. */
export const ENDINGS: ReadonlySet<string> = new Set([".jpg", ".jpeg", ".png", ".webp", ".avif"]);

const schema = z.record(z.string(), z.union([z.string(), z.number()]));

/**
 * Which class each image shows: {"name.png": "label"}, or lines of a name and a label (or an index) with a comma, a tab or a space
 * between them, as CSV with or without a header. `known` are the images there are: by them a name with spaces or commas is told from
 * what comes after it. Throws BAD_USER_INPUT.
 */
export async function readLabels(file: string, known: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
  const text = await readText(file);
  if (text.trimStart().startsWith("{")) {
    return new Map(Object.entries(parseJson(file, text, schema)).map(([name, label]) => [name, `${label}`]));
  }
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const columns = lines.length > 0 ? columnsOf(lines[0]!, known) : null;
  const entries = (columns ? lines.slice(1) : lines).map((line) => {
    // Of two columns in the usual order the second may hold commas that nothing quotes.
    const entry = columns && (columns.count > 2 || columns.name !== 0) ? inColumns(line, columns) : inOrder(line, known);
    if (entry) return entry;
    throw new CodedError("BAD_USER_INPUT", `${file}: expected lines of a name and a label, got ${JSON.stringify(line)}.`);
  });
  return new Map(entries);
}

type Entry = readonly [name: string, label: string];

interface Columns {
  readonly separator: string;
  readonly count: number;
  readonly name: number;
  readonly label: number;
}

/** The header's columns; null where the first line is none, but speaks of an image. */
function columnsOf(line: string, known: ReadonlySet<string>): Columns | null {
  const separator = line.includes("\t") ? "\t" : ",";
  const titles = fieldsOf(line, separator);
  if (titles.length < 2 || nameIn(line, known) !== null) return null;
  if (titles.some((title) => ENDINGS.has(extname(title).toLowerCase()))) return null;
  const label = titles.findIndex((title) => /label|class|target|category/i.test(title));
  const name = titles.findIndex((title, i) => i !== label && /file|image|path|name|id/i.test(title));
  if (label === -1 && name === -1) return null;
  const other = (column: number) => (column === 0 ? 1 : 0);
  const found = { name: name === -1 ? other(label) : name, label: label === -1 ? other(name) : label };
  return { separator, count: titles.length, ...found };
}

function inColumns(line: string, { separator, name, label }: Columns): Entry | null {
  const fields = fieldsOf(line, separator);
  return fields[name] && fields[label] ? [fields[name], fields[label]] : null;
}

/** The name first, and the rest is the label. */
function inOrder(line: string, known: ReadonlySet<string>): Entry | null {
  const found = nameIn(line, known);
  const [name, rest] = found === null ? split(line) : [found, line.slice(found.length + 1)];
  const label = rest.trim().startsWith('"') ? fieldsOf(rest, ",")[0] : rest.trim();
  return name && label ? [name, label] : null;
}

/** The longest name of an image that a line begins with. */
function nameIn(line: string, known: ReadonlySet<string>): string | null {
  for (let end = line.length - 1; end > 0; end--) {
    if (",\t ".includes(line[end]!) && known.has(line.slice(0, end))) return line.slice(0, end);
  }
  return null;
}

/** At the end of the quotes that it begins with, or else at the first tab, comma or space, whichever there is. */
function split(line: string): readonly [name: string, rest: string] {
  const quoted = /^\s*("(?:[^"]|"")*")[,\t ](.*)$/.exec(line);
  if (quoted) return [fieldsOf(quoted[1]!, ",")[0]!, quoted[2]!];
  const at = ["\t", ",", " "].map((separator) => line.indexOf(separator)).find((index) => index !== -1) ?? line.length;
  return [line.slice(0, at).trim(), line.slice(at + 1)];
}

/** The fields of a line of CSV (RFC 4180), trimmed; none where its quotes are not closed. */
function fieldsOf(line: string, delimiter: string): readonly string[] {
  try {
    return parse(line, { delimiter, trim: true, relax_quotes: true, skip_empty_lines: true })[0] ?? [];
  } catch {
    return [];
  }
}
