import { methodTitle } from "./names.ts";
import type { Results } from "./results.ts";
import type { Failure } from "../row.ts";
import { type Cell, type Column, decimal, type ModelTables, type Table, tablesOf } from "./tables.ts";
import {
  costsCaption,
  failuresSentence,
  gapsOf,
  listedFailures,
  notes,
  pointingCaption,
  secondsOf,
  sentenceOf,
} from "./messages.ts";

/** Metrics beside each other; more go into another table below, or a line would not fit any screen. */
const COLUMNS = 4;

/** The tables of an evaluation in GitHub's Markdown, aligned so that they read well as plain text, too. */
export function markdownOf(results: Results): string {
  const { asked, failures } = results;
  const blocks = [
    "# Evaluation",
    code(asked.command),
    escaped(sentenceOf(asked)),
    ...gapsOf(results).map(escaped),
    ...tablesOf(results).flatMap(modelBlocks),
    ...(failures.length === 0 ? [] : failureBlocks(failures)),
    "## How to read this",
    notes.map((note) => `- ${note}`).join("\n"),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function modelBlocks({ model, tables, costs, classMeans }: ModelTables): readonly string[] {
  const rows = costs.map((cost) => [
    escaped(methodTitle(cost.method)),
    `${cost.n}`,
    `${cost.masks}`,
    `${cost.passes}`,
    secondsOf(cost),
  ]);
  return [
    `## ${escaped(model)}`,
    ...tables.flatMap(tableBlocks),
    ...(classMeans.length === 0 ? [] : ["### Pointing game", `${pointingCaption}.`, pointingTable(classMeans)]),
    "### Cost",
    `${costsCaption}.`,
    aligned(["Method", "Subjects", "Masks", "Passes", "Seconds"], rows),
  ];
}

function pointingTable(classMeans: ModelTables["classMeans"]): string {
  const rows = classMeans.map(({ method, mean, classMean }) => [escaped(methodTitle(method)), decimal(mean), decimal(classMean)]);
  return aligned(["Method", "Over subjects", "Over classes"], rows);
}

function tableBlocks({ title, caption, columns, lines }: Table): readonly string[] {
  const parts = Array.from({ length: Math.ceil(columns.length / COLUMNS) }, (_, part) => {
    const [from, to] = [part * COLUMNS, (part + 1) * COLUMNS];
    const header = ["Method", ...columns.slice(from, to).map(columnText)];
    const rows = lines.map((line) => {
      return [escaped(line.title), ...line.cells.slice(from, to).map((cell, i) => cellText(cell, columns[from + i]!))];
    });
    return aligned(header, rows);
  });
  return [`### ${title}`, `${caption}.`, ...parts];
}

function columnText({ title, n }: Column): string {
  return `${title} (n = ${n})`;
}

/** A count stands in a cell only where it is not its column's. */
function cellText(cell: Cell | null, column: Column): string {
  if (!cell) return "–";
  const { mean, sd, interval, isBest, verdict, of } = cell;
  const count = of.n === column.n ? "" : ` (n = ${of.n})`;
  const value = isBest || verdict ? `**${mean}**` : mean;
  return `${value}${sd === null ? "" : ` ± ${sd}`}${interval === null ? "" : ` ${interval}`}${verdict ? ` ${verdict}` : ""}${count}`;
}

function failureBlocks(failures: readonly Failure[]): readonly string[] {
  const { listed, more } = listedFailures(failures);
  const items = listed.map(({ model, subject, method, error }) => {
    return `- ${code(subject)}, ${escaped(methodTitle(method))}, ${escaped(model)}: ${code(error.code)} ${escaped(error.message)}`;
  });
  const rest = more > 0 ? [`- and ${more} more`] : [];
  return ["## Failures", failuresSentence(failures), [...items, ...rest].join("\n")];
}

/** The first column to the left, numbers to the right. */
export function aligned(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((_, i) => Math.max(3, ...[header, ...rows].map((row) => [...row[i]!].length)));
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, i) => {
      const space = " ".repeat(widths[i]! - [...cell].length);
      return i === 0 ? cell + space : space + cell;
    });
    return `| ${padded.join(" | ")} |`;
  };
  const rule = widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [line(header), `| ${rule.join(" | ")} |`, ...rows.map(line)].join("\n");
}

/** Text that means nothing in Markdown, nor ends a cell. */
export function escaped(text: string): string {
  return text.replaceAll(/[\\`*[\]<>|&]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, String.raw`\$&`).replaceAll(/\s+/g, " ");
}

/** Text as code, whatever quotes it has. */
function code(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = text.startsWith("`") || text.endsWith("`") ? " " : "";
  return `${fence}${pad}${text.replaceAll(/\s+/g, " ")}${pad}${fence}`;
}
