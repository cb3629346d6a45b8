import { metricTitle, VIT_CX } from "./names.ts";
import { type Html, html } from "./html.ts";
import { type MetricName, metricOf } from "../../metrics/registry.ts";
import type { Measured } from "../row.ts";

/** The curve of one method. */
export interface Line {
  readonly method: string;
  readonly curve: NonNullable<Measured["curve"]>;
}

/** In units of the drawing. */
const WIDTH = 320;
const HEIGHT = 180;
const LEFT = 58;
const BOTTOM = 34;
const TOP = 10;
const RIGHT = 20;

/** Colours before they come again with another dash. */
const COLOURS = 8;

/** The class that gives a method its colour and dash, by its place among all that are shown. */
export function lineClass(method: string, methods: readonly string[]): string {
  const index = methods.indexOf(method);
  return `line colour-${index % COLOURS} dash-${Math.floor(index / COLOURS) % 3}${method === VIT_CX ? " reference" : ""}`;
}

/** A short stroke as the method's curve is drawn, for a legend. */
export function swatch(method: string, methods: readonly string[]): Html {
  const path = html`<path class="${lineClass(method, methods)}" d="M0 3H20" />`;
  return html`<svg class="swatch" viewBox="0 0 20 6" aria-hidden="true">${path}</svg>`;
}

/** The curves of a metric in one drawing; the reference last, so that it lies on top. */
export function plotOf(metric: MetricName, label: string, lines: readonly Line[], methods: readonly string[]): Html {
  const most = Math.max(...lines.flatMap(({ curve }) => curve.probabilities));
  const top = [0.1, 0.25, 0.5, 0.75].find((each) => most <= each) ?? 1;
  const x = (share: number) => (LEFT + (WIDTH - LEFT - RIGHT) * share).toFixed(1);
  const y = (probability: number) => (HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (probability / top)).toFixed(1);
  const ordered = lines.toSorted((a, b) => Number(a.method === VIT_CX) - Number(b.method === VIT_CX));
  const paths = ordered.map(({ method, curve: { shares, probabilities } }) => {
    const last = probabilities.length - 1;
    const points = probabilities.map((probability, i) => `${x(shares?.[i] ?? i / last)} ${y(probability)}`);
    return html`<path class="${lineClass(method, methods)}" d="M${points.join("L")}" />`;
  });
  const rules = [0, top / 2, top].map(
    (tick) =>
      html`<path class="rule" d="M${LEFT} ${y(tick)}H${WIDTH - RIGHT}" />
        <text class="tick" x="${LEFT - 6}" y="${y(tick)}" dy="0.32em" text-anchor="end">${percent(tick)}</text>`,
  );
  const shares = [0, 0.5, 1].map(
    (tick) => html`<text class="tick" x="${x(tick)}" y="${HEIGHT - BOTTOM + 14}" text-anchor="middle">${percent(tick)}</text>`,
  );
  const verb = metricOf(metric).curve ?? "changed";
  const title = metricTitle(metric);
  return html`<figure class="plot">
    <figcaption>${title}</figcaption>
    <svg
      viewBox="0 0 ${WIDTH} ${HEIGHT}"
      role="img"
      aria-label="${title}: the probability of ${label} by the share of pixels ${verb}"
    >
      ${rules}${shares}${paths}
      <text class="axis" x="${x(0.5)}" y="${HEIGHT - 4}" text-anchor="middle">pixels ${verb}, most salient first</text>
      <text class="axis" transform="translate(9 ${y(top / 2)}) rotate(-90)" text-anchor="middle">probability</text>
    </svg>
  </figure>`;
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}
