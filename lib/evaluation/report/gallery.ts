import { groupBy } from "./group-by.ts";
import { type Html, html } from "./html.ts";
import { byMethod, byMetric, methodTitle, metricTitle } from "./names.ts";
import { allMetrics } from "../../metrics/registry.ts";
import { plotOf, swatch } from "./plot.ts";
import type { Row } from "../row.ts";
import { decimal } from "./tables.ts";

/** An image file's bytes and media type: image/jpeg. */
export interface Picture {
  readonly bytes: Uint8Array;
  readonly type: string;
}

/** Where the gallery's pictures come from; null where there is none. */
export interface Pictures {
  /** The map of a row over its image. */
  readonly pictureOf: (row: Row) => Promise<Picture | null>;
  /** A subject's image. */
  readonly imageOf: (subject: string) => Promise<Picture | null>;
}

/** The pictures, curves and values of some of one model's subjects, in the order in which they are named, one after the other. */
export async function* galleryHtml(
  rows: readonly Row[],
  subjects: readonly string[],
  pictures: Pictures,
): AsyncGenerator<Html, void> {
  const methods = [...new Set(rows.map(({ method }) => method))].toSorted(byMethod);
  const ofSubjects = groupBy(rows, ({ subject }) => subject);
  for (const subject of subjects) yield await subjectHtml(ofSubjects.get(subject)!, methods, pictures);
}

async function subjectHtml(rows: readonly Row[], methods: readonly string[], { pictureOf, imageOf }: Pictures): Promise<Html> {
  const ordered = rows.toSorted((a, b) => byMethod(a.method, b.method));
  const { subject, target } = ordered[0]!;
  const image = await imageOf(subject);
  const maps = await Promise.all(ordered.map(async (row) => ({ row, picture: await pictureOf(row) })));
  const figures = maps.map(({ row, picture }) => {
    const title = methodTitle(row.method);
    return figure(picture, `Map of ${target.label} by ${title}`, html`${swatch(row.method, methods)} ${title}`);
  });
  return html`<article class="subject">
    <h4>${subject}</h4>
    <p class="target">Why <strong>${target.label}</strong>? Its probability is ${(100 * target.probability).toFixed(1)} %.</p>
    <div class="maps">${image && figure(image, `The image ${subject}`, html`Image`)}${figures}</div>
    <div class="measured">${plots(ordered, methods)}${values(ordered, methods)}</div>
  </article>`;
}

function figure(picture: Picture | null, description: string, caption: Html): Html {
  const drawn = picture
    ? html`<img src="${dataUrl(picture)}" alt="${description}" />`
    : html`<span class="none" role="img" aria-label="${description}: not kept">not kept</span>`;
  return html`<figure>
    ${drawn}
    <figcaption>${caption}</figcaption>
  </figure>`;
}

function dataUrl({ bytes, type }: Picture): string {
  return `data:${type};base64,${Buffer.from(bytes).toString("base64")}`;
}

function plots(rows: readonly Row[], methods: readonly string[]): readonly Html[] {
  const metrics = allMetrics().filter(({ curve }) => curve !== undefined);
  return metrics.flatMap(({ name: metric }) => {
    const lines = rows.flatMap(({ method, measured }) => {
      const curve = measured.find((each) => each.metric === metric)?.curve;
      return curve ? [{ method, curve }] : [];
    });
    return lines.length === 0 ? [] : [plotOf(metric, rows[0]!.target.label, lines, methods)];
  });
}

function values(rows: readonly Row[], methods: readonly string[]): Html | null {
  const metrics = [...new Set(rows.flatMap(({ measured }) => measured.map(({ metric }) => metric)))].toSorted(byMetric);
  if (metrics.length === 0) return null;
  const lines = rows.map(({ method, measured }) => {
    const found = metrics.map((metric) => measured.find((each) => each.metric === metric));
    const cells = found.map((each) => html`<td>${each ? decimal(each.value) : "–"}</td>`);
    return html`<tr>
      <th scope="row">${swatch(method, methods)} ${methodTitle(method)}</th>
      ${cells}
    </tr>`;
  });
  return html`<div class="scroll" role="group" aria-label="Values of ${rows[0]!.subject}" tabindex="0">
    <table class="values">
      <caption class="hidden">
        Values of ${rows[0]!.subject}
      </caption>
      <thead>
        <tr>
          <th scope="col">Method</th>
          ${metrics.map((metric) => html`<th scope="col">${metricTitle(metric)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${lines}
      </tbody>
    </table>
  </div>`;
}
