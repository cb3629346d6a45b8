import { type Html, html } from "./html.ts";
import { methodTitle } from "./names.ts";
import type { Cost } from "./results.ts";
import { type Cell, type Column, decimal, type ModelTables, type Table } from "./tables.ts";
import { costsCaption, pointingCaption, secondsOf } from "./messages.ts";

/** A table of means or of differences; each cell with its interval drawn on its column's scale. */
export function tableHtml({ title, caption, isDifference, columns, lines }: Table): Html {
  const scales = columns.map((_, i) =>
    scaleOf(
      lines.flatMap(({ cells }) => cells[i] ?? []),
      isDifference,
    ),
  );
  const header = columns.map((column) => html`<th scope="col">${column.title} <span class="n">n = ${column.n}</span></th>`);
  const rows = lines.map(
    (line) =>
      html`<tr>
        <th scope="row">${line.title}</th>
        ${line.cells.map((cell, i) => cellHtml(cell, columns[i]!, scales[i]!))}
      </tr>`,
  );
  return scrolled(
    title,
    html`<table>
      <caption>
        <div><strong>${title}</strong> ${caption}.</div>
      </caption>
      <thead>
        <tr>
          <th scope="col">Method</th>
          ${header}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>`,
  );
}

/** What the maps cost. */
export function costsHtml(costs: readonly Cost[]): Html {
  const rows = costs.map((cost) => [cost.method, cost.n, cost.masks, cost.passes, secondsOf(cost)] as const);
  return narrowTable("Cost", costsCaption, ["Subjects", "Masks", "Passes", "Seconds"], rows);
}

/** The pointing game's two means. */
export function pointingHtml(classMeans: ModelTables["classMeans"]): Html | null {
  if (classMeans.length === 0) return null;
  const rows = classMeans.map(({ method, mean, classMean }) => [method, decimal(mean), decimal(classMean)] as const);
  return narrowTable("Pointing game", pointingCaption, ["Over subjects", "Over classes"], rows);
}

/** A line for each method, with a plain value in each of the columns after it. */
function narrowTable(
  title: string,
  caption: string,
  columns: readonly string[],
  lines: readonly (readonly [method: string, ...values: (number | string)[]])[],
): Html {
  const header = columns.map((column) => html`<th scope="col">${column}</th>`);
  const rows = lines.map(
    ([method, ...values]) =>
      html`<tr>
        <th scope="row">${methodTitle(method)}</th>
        ${values.map((value) => html`<td>${value}</td>`)}
      </tr>`,
  );
  return scrolled(
    title,
    html`<table class="narrow">
      <caption>
        <div><strong>${title}</strong> ${caption}.</div>
      </caption>
      <thead>
        <tr>
          <th scope="col">Method</th>
          ${header}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>`,
  );
}

/** What is wider than the screen scrolls by itself, by keyboard as well. */
function scrolled(label: string, table: Html): Html {
  return html`<div class="scroll" role="group" aria-label="${label}" tabindex="0">${table}</div>`;
}

function cellHtml(cell: Cell | null, column: Column, scale: Scale): Html {
  if (!cell) return html`<td>–</td>`;
  const { mean, sd, interval, isBest, verdict, of } = cell;
  const value = isBest || verdict ? html`<strong>${mean}</strong>` : html`${mean}`;
  return html`<td class="${verdict ?? ""}">
    ${value}${sd !== null && html` <span class="sd">± ${sd}</span>`}${verdict && html` <span class="verdict">${verdict}</span>`}
    ${interval !== null && html`<span class="interval">${interval}</span>`} ${drawn(of, scale)}
    ${of.n !== column.n && html`<span class="n">n = ${of.n}</span>`}
  </td>`;
}

interface Scale {
  readonly from: number;
  readonly to: number;
  readonly isDifference: boolean;
}

/** From where to where a column's intervals reach, and differences' from 0. */
function scaleOf(cells: readonly Cell[], isDifference: boolean): Scale {
  const ends = cells.flatMap(({ of: { mean, interval } }) => [mean, ...(interval ?? [])]);
  const all = isDifference ? [0, ...ends] : ends;
  return { from: Math.min(...all), to: Math.max(...all), isDifference };
}

/** The interval as a line with a dot where the mean is, and of a difference a tick where 0 is. */
function drawn({ mean, interval }: Cell["of"], { from, to, isDifference }: Scale): Html | null {
  if (interval === null || from === to) return null;
  const x = (value: number) => (3 + (94 * (value - from)) / (to - from)).toFixed(1);
  const zero = isDifference && html`<path class="zero" d="M${x(0)} 0V8" />`;
  return html`<svg class="spread" viewBox="0 0 100 8" aria-hidden="true">
    ${zero}
    <path d="M${x(interval[0])} 4H${x(interval[1])}" />
    <circle cx="${x(mean)}" cy="4" r="2.6" />
  </svg>`;
}
