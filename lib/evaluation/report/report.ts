import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type Html, html, raw } from "./html.ts";
import { methodTitle } from "./names.ts";
import { galleryHtml, type Pictures } from "./gallery.ts";
import { costsHtml, pointingHtml, tableHtml } from "./html-tables.ts";
import type { Results } from "./results.ts";
import type { Failure, Row } from "../row.ts";
import { type ModelTables, tablesOf } from "./tables.ts";
import { counted, failuresSentence, gapsOf, listedFailures, notes, sentenceOf } from "./messages.ts";

/** How many subjects the gallery shows where nobody says. */
const SHOWN = 20;

export interface ReportOptions extends Pictures {
  /** Names of the subjects in the gallery; the first 20 of the rows where they are left out. */
  readonly shown?: readonly string[];
}

/**
 * report.html: all of an evaluation in one file that asks nobody for anything, neither style, picture nor script. In pieces, for with
 * its pictures it may be longer than a string can be.
 */
export async function* reportOf(results: Results, rows: readonly Row[], options: ReportOptions): AsyncGenerator<string, void> {
  const { asked, failures } = results;
  const style = await readFile(new URL("report.css", import.meta.url), "utf8");
  const hash = createHash("sha256").update(style).digest("base64");
  const models = tablesOf(results);
  const hasPictures = options.shown?.length !== 0;
  const title = `Evaluation of ${asked.models.join(", ")}`;
  yield html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; img-src data:; style-src 'sha256-${raw(hash)}'; base-uri 'none'; form-action 'none'"
        />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        ${raw(`<style>${style}</style>`)}
      </head>
      <body>
        <header>
          <p class="wordmark">vit<span>cx</span></p>
          <h1>${title}</h1>
          <p class="lead">${sentenceOf(asked)}</p>
          ${gapsOf(results).map((sentence) => html`<p class="lead">${sentence}</p>`)}
          <pre tabindex="0" aria-label="The command"><code>${asked.command}</code></pre>
          <nav aria-label="Contents">
            ${models.map(({ model }, i) => html`<a href="#model-${i}">${model}</a> ${hasPictures && linkToPictures(model, i)}`)}
            ${failures.length > 0 && html`<a href="#failures">${counted(failures.length, "failure")}</a>`}
            <a href="#reading">how to read this</a>
          </nav>
        </header>
        <main>
     `.html;
  for (const [i, model] of models.entries()) for await (const part of modelHtml(model, i, rows, options)) yield part.html;
  yield html`${failuresHtml(failures)}
          <section id="reading">
            <h2>How to read this</h2>
            <ul class="notes">
              ${notes.map((note) => html`<li>${note}</li>`)}
            </ul>
          </section>
        </main>
      </body>
    </html>\n`.html;
}

function linkToPictures(model: string, i: number): Html {
  return html`<a href="#pictures-${i}">what ${model} saw</a>`;
}

async function* modelHtml(
  { model, tables, costs, classMeans }: ModelTables,
  i: number,
  rows: readonly Row[],
  options: ReportOptions,
): AsyncGenerator<Html, void> {
  const own = rows.filter((row) => row.model === model);
  const subjects = [...new Set(own.map(({ subject }) => subject))];
  const known = new Set(subjects);
  const shown = options.shown?.filter((subject) => known.has(subject)) ?? subjects.slice(0, SHOWN);
  yield raw(`<section id="model-${i}">`);
  yield html`<h2>${model}</h2>`;
  for (const table of [...tables.map(tableHtml), pointingHtml(classMeans), costsHtml(costs)]) if (table) yield table;
  if (shown.length > 0) {
    yield html`<h3 id="pictures-${i}">What ${model} saw</h3>
      <p class="lead">
        ${counted(shown.length, "subject")} of ${subjects.length}, with the maps of all methods, the curves of deletion and
        insertion, and the values.
      </p>`;
    yield* galleryHtml(own, shown, options);
  }
  yield raw("</section>");
}

function failuresHtml(failures: readonly Failure[]): Html | null {
  if (failures.length === 0) return null;
  const { listed, more } = listedFailures(failures);
  const items = listed.map(({ model, subject, method, error }) => {
    return html`<li><code>${subject}</code>, ${methodTitle(method)}, ${model}: <code>${error.code}</code> ${error.message}</li>`;
  });
  return html`<section id="failures">
    <h2>Failures</h2>
    <p class="lead">${failuresSentence(failures)}</p>
    <ul class="notes">
      ${items}${more > 0 && html`<li>and ${more} more</li>`}
    </ul>
  </section>`;
}
