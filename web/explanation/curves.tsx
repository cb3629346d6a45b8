import { nameOf } from "./progress.ts";
import type { Explanation } from "./use-explanation.ts";

type Measurement = Explanation["metrics"][number];

interface Props {
  readonly metrics: readonly Measurement[];
  /** The class that was explained: the only one that is measured. */
  readonly label: string;
}

/** What has been measured of the map: curves where there are any. */
export function Curves({ metrics, label }: Props) {
  const curves = metrics.filter(({ curve }) => curve);
  if (curves.length === 0) return null;
  return (
    <section class="curves" aria-labelledby="curves-title">
      <h2 id="curves-title">How well the map holds</h2>
      <p class="lead">
        The probability of <em>{nameOf(label)}</em> as pixels are taken away, or come back, the most salient first.
      </p>
      <div class="plots">
        {curves.map((measurement) => (
          <Plot key={measurement.metric} {...measurement} />
        ))}
      </div>
    </section>
  );
}

/** In units of the drawing. */
const WIDTH = 320;
const HEIGHT = 160;

function Plot({ metric, value, moreIsBetter, curve }: Measurement) {
  const { shares, probabilities } = curve!;
  const points = shares.map((share, i) => `${(WIDTH * share).toFixed(1)},${(HEIGHT * (1 - probabilities[i])).toFixed(1)}`);
  const title = metric === "DELETION" ? "Deletion" : metric === "INSERTION" ? "Insertion" : metric;
  const better = moreIsBetter ? "more is better" : "less is better";
  return (
    <figure>
      <figcaption>
        <strong>{title}</strong> <span class="shown">{value.toFixed(3)}</span> <span class="hint">area, {better}</span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${title} curve, area ${value.toFixed(3)}, ${better}`}>
        <path class="grid" d={`M0 0H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}M0 ${HEIGHT}H${WIDTH}`} />
        <path class="area" d={`M0 ${HEIGHT}L${points.join("L")}L${WIDTH} ${HEIGHT}Z`} />
        <path class="line" d={`M${points.join("L")}`} />
      </svg>
      <p class="axis hint" aria-hidden="true">
        <span>0 %</span>
        <span>of the pixels</span>
        <span>100 %</span>
      </p>
    </figure>
  );
}
