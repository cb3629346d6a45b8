import type { ClassFragment } from "../api/operations.ts";
import { AnyClass } from "./any-class.tsx";
import { nameOf, percent } from "./progress.ts";

interface Props {
  readonly id: string;
  readonly predictions: readonly ClassFragment[];
  readonly chosen: ClassFragment | undefined;
  /** All labels of the model, in the order of their indices; undefined while no map can be asked for. */
  readonly labels: readonly string[] | undefined;
  readonly onChoose: (index: number) => void;
}

/** What the model sees, and the choice of the class whose map is shown. */
export function Classes({ id, predictions, chosen, labels, onChoose }: Props) {
  const others = chosen && !predictions.some(({ index }) => index === chosen.index) ? [chosen] : [];
  if (predictions.length === 0) return null;
  return (
    <section class="classes" aria-labelledby="classes-title">
      <h2 id="classes-title">What it sees</h2>
      <ol>
        {[...predictions, ...others].map(({ index, label, probability }) => (
          <li key={index}>
            <button type="button" aria-pressed={index === chosen?.index} disabled={!labels} onClick={() => onChoose(index)}>
              <span class="name">{nameOf(label)}</span>
              <span class="share">{percent(probability)}</span>
              <i class="bar" style={{ width: `${100 * probability}%` }} aria-hidden="true" />
            </button>
          </li>
        ))}
      </ol>
      {labels && <AnyClass id={id} labels={labels} onChoose={onChoose} />}
    </section>
  );
}
