import { describe } from "../ask/metrics.ts";
import { betterOf, figures } from "./figures.ts";
import type { Explanation } from "./use-explanation.ts";

/** In units of the drawing. */
const WIDTH = 320;
const HEIGHT = 160;

/** A curve with the area under it: the probability, 0 to 1, as pixels go or come. */
export function Plot({ metric, value, moreIsBetter, curve }: Explanation["metrics"][number]) {
  const { shares, probabilities } = curve!;
  const { title, meaning } = describe(metric);
  const points = shares.map((share, i) => `${(WIDTH * share).toFixed(1)},${(HEIGHT * (1 - probabilities[i])).toFixed(1)}`);
  const better = betterOf(moreIsBetter);
  return (
    <figure>
      <figcaption>
        <strong>{title}</strong> <span class="shown">{figures(value)}</span> <span class="hint">{better}</span>
        <span class="hint meaning">{meaning}</span>
      </figcaption>
      <div class="plot">
        <p class="axis hint" aria-hidden="true">
          <span>100 %</span>
          <span>0 %</span>
        </p>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${title} curve, area ${figures(value)}, ${better}`}>
          <path class="grid" d={`M0 0H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}M0 ${HEIGHT}H${WIDTH}`} />
          <path class="area" d={`M0 ${HEIGHT}L${points.join("L")}L${WIDTH} ${HEIGHT}Z`} />
          <path class="line" d={`M${points.join("L")}`} />
        </svg>
        <p class="axis hint" aria-hidden="true">
          <span>0 %</span>
          <span>of the pixels</span>
          <span>100 %</span>
        </p>
      </div>
    </figure>
  );
}
