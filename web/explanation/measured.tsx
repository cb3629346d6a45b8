import { betterOf, figures } from "./figures.ts";
import { Plot } from "./plot.tsx";
import { isOver, nameOf, type Progress } from "./progress.ts";
import type { Explanation } from "./use-explanation.ts";

type Measurement = Explanation["metrics"][number];

interface Props {
  readonly explanation: Explanation;
  readonly progress: Progress;
}

/** What has been measured of the map, and what is still to come. */
export function Measured({ explanation: { metrics, metricsAsked, target }, progress }: Props) {
  if (metricsAsked.length === 0 || !progress.mapped || !target) return null;
  const inOrder = metricsAsked.map(({ metric }) => metric);
  const measured = metrics.toSorted((a, b) => inOrder.indexOf(a.metric) - inOrder.indexOf(b.metric));
  const curves = measured.filter(({ curve }) => curve);
  const waiting = metricsAsked.filter((asked) => !metrics.some(({ metric }) => metric === asked.metric));
  return (
    <section class="measured" aria-labelledby="measured-title">
      <h2 id="measured-title">How well the map holds</h2>
      <p class="lead">
        Measured of the map of <em>{nameOf(target.label)}</em>, the class that was explained.
      </p>
      {curves.length > 0 && (
        <div class="plots">
          {curves.map((measurement) => (
            <Plot key={measurement.metric} measurement={measurement} name={nameOf(target.label)} />
          ))}
        </div>
      )}
      <dl class="values">
        {measured
          .filter(({ curve }) => !curve)
          .map((measurement) => (
            <Value key={measurement.metric} {...measurement} />
          ))}
        {waiting.map(({ metric, about }) => (
          <Waiting key={metric} metric={metric} title={about.title} progress={progress} />
        ))}
      </dl>
    </section>
  );
}

function Value({ about, value, moreIsBetter, box }: Measurement) {
  return (
    <div>
      <dt>{about.title}</dt>
      <dd class="value">
        {figures(value)} <span class="hint">{betterOf(moreIsBetter)}</span>
      </dd>
      <dd class="hint">
        {about.description}
        {about.findsBox && (box ? ` The map's box is ${placeOf(box)}.` : " The map has no such region.")}
      </dd>
    </div>
  );
}

interface WaitingProps {
  readonly metric: Measurement["metric"];
  readonly title: string;
  readonly progress: Progress;
}

/** One that is to come, or that an early end has left out. */
function Waiting({ metric, title, progress }: WaitingProps) {
  return (
    <div>
      <dt>{title}</dt>
      <dd class="hint">{stateOf(metric, progress)}</dd>
    </div>
  );
}

function stateOf(metric: Measurement["metric"], progress: Progress): string {
  const { stage, measuring } = progress;
  if (isOver(progress)) return stage === "canceled" ? "cancelled" : "not measured";
  return `to come${measuring?.metric === metric ? ` · ${Math.floor((100 * measuring.done) / measuring.total)} %` : ""}`;
}

function placeOf({ left, top, right, bottom }: NonNullable<Measurement["box"]>): string {
  const [x, y, width, height] = [left, top, right - left, bottom - top].map(Math.round);
  return `${width} × ${height} pixels, ${x} from the left and ${y} from the top`;
}
