import { useState } from "preact/hooks";
import { betterOf, figures } from "./figures.ts";
import { percent } from "./progress.ts";
import type { Explanation } from "./use-explanation.ts";

/** In units of the drawing. */
const WIDTH = 320;
const HEIGHT = 160;

interface Props {
  readonly measurement: Explanation["metrics"][number];
  /** The class whose probability it is. */
  readonly name: string;
}

/** A curve with the area under it: the probability, 0 to 1, as pixels go or come. Pointing at it, or the arrow keys, read it. */
export function Plot({ measurement: { about, value, moreIsBetter, curve }, name }: Props) {
  const { shares, probabilities } = curve!;
  const [read, setRead] = useState<number>();
  const { title, description } = about;
  const x = (i: number) => (WIDTH * shares[i]!).toFixed(1);
  const y = (i: number) => (HEIGHT * (1 - probabilities[i]!)).toFixed(1);
  const points = shares.map((_, i) => `${x(i)},${y(i)}`);
  const better = betterOf(moreIsBetter);
  const wordsOf = (i: number) => `${percent(probabilities[i]!)} at ${percent(shares[i]!)} of the pixels`;
  const point = (event: PointerEvent) => {
    const { left, width } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    setRead(nearest(shares, (event.clientX - left) / width));
  };
  return (
    <figure>
      <figcaption>
        <strong>{title}</strong> <span class="shown">{figures(value)}</span> <span class="hint">{better}</span>
        <span class="hint meaning">{description}</span>
      </figcaption>
      <div class="plot">
        <p class="hint reading">{read === undefined ? `Probability of ${name}` : wordsOf(read)}</p>
        <p class="axis hint" aria-hidden="true">
          <span>100 %</span>
          <span>0 %</span>
        </p>
        <div
          class="curve"
          onPointerMove={point}
          onPointerLeave={({ pointerType }) => pointerType !== "touch" && setRead(undefined)}
        >
          <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${title} curve, area ${figures(value)}, ${better}`}>
            <path class="grid" d={`M0 0H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}M0 ${HEIGHT}H${WIDTH}`} />
            <path class="area" d={`M0 ${HEIGHT}L${points.join("L")}L${WIDTH} ${HEIGHT}Z`} />
            <path class="line" d={`M${points.join("L")}`} />
            {read !== undefined && <path class="read" d={`M${x(read)} ${HEIGHT}V${y(read)}`} />}
            {read !== undefined && <circle cx={x(read)} cy={y(read)} r="4" />}
          </svg>
          <input
            type="range"
            aria-label={`Place on the ${title.toLowerCase()} curve`}
            aria-valuetext={wordsOf(read ?? 0)}
            min="0"
            max={shares.length - 1}
            value={read ?? 0}
            onInput={(event) => setRead(Number(event.currentTarget.value))}
            onFocus={() => setRead((read) => read ?? 0)}
            onBlur={() => setRead(undefined)}
          />
        </div>
        <p class="axis hint" aria-hidden="true">
          <span>0 %</span>
          <span>of the pixels</span>
          <span>100 %</span>
        </p>
      </div>
    </figure>
  );
}

/** Where in ascending values the one is that is nearest to another. */
function nearest(values: readonly number[], wanted: number): number {
  return values.reduce((best, value, i) => (Math.abs(value - wanted) < Math.abs(values[best]! - wanted) ? i : best), 0);
}
