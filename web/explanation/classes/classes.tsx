import { listedClasses } from "../../../lib/client/listed-classes.ts";
import type { ClassFragment } from "../../api/operations.ts";
import { AnyClass } from "./any-class.tsx";
import { nameOf, percent } from "../progress.ts";

interface Props {
  readonly id: string;
  /** Whether the run has the map of every class; else that of the explained class alone. */
  readonly everyClass: boolean;
  readonly predictions: readonly ClassFragment[];
  /** Whether several labels can be true, or none. */
  readonly isMultiLabel: boolean;
  readonly chosen: ClassFragment | undefined;
  /** The class that the address asks for. */
  readonly requested: number | undefined;
  /** All labels of the model, in the order of their indices; undefined while no map can be asked for. */
  readonly labels: readonly string[] | undefined;
  readonly onChoose: (index: number) => void;
}

/** What the model sees, and the choice of the class whose map is shown. */
export function Classes({ id, everyClass, predictions, isMultiLabel, chosen, requested, labels, onChoose }: Props) {
  const { classes, complement, note } = listedClasses(predictions, isMultiLabel);
  const others = chosen && !classes.some(({ index }) => index === chosen.index) ? [chosen] : [];
  if (predictions.length === 0) return null;
  return (
    <section class="classes" aria-labelledby="classes-title">
      <h2 id="classes-title">What it sees</h2>
      {note && <p class="hint">{note}</p>}
      <ol>
        {[...classes, ...others].map((each) => (
          <li key={each.index}>
            {labels && !everyClass && each.index !== chosen?.index ? (
              <a class="row" href={requestOf(id, each.index)}>
                <Row name={nameOf(each.label)} probability={each.probability} />
                <span class="visually-hidden">: ask in a new request</span>
              </a>
            ) : (
              <button
                type="button"
                class="row"
                aria-pressed={each.index === chosen?.index}
                disabled={!labels}
                onClick={() => onChoose(each.index)}
              >
                <Row name={nameOf(each.label)} probability={each.probability} />
              </button>
            )}
          </li>
        ))}
        {complement && (
          <li>
            <div class="row">
              <Row name={nameOf(complement.label)} probability={complement.probability} />
            </div>
          </li>
        )}
      </ol>
      {labels && everyClass && labels.length > 1 && <AnyClass id={id} labels={labels} onChoose={onChoose} />}
      {labels && !everyClass && labels.length > 1 && <OneClass {...{ id, labels, chosen, requested }} />}
    </section>
  );
}

function Row({ name, probability }: { readonly name: string; readonly probability: number }) {
  return (
    <>
      <span class="name">{name}</span>
      <span class="share">{percent(probability)}</span>
      <i class="bar" style={{ width: `${100 * probability}%` }} aria-hidden="true" />
    </>
  );
}

interface OneClassProps {
  readonly id: string;
  readonly labels: readonly string[];
  readonly chosen: ClassFragment | undefined;
  readonly requested: number | undefined;
}

/** That another class's map is not there, and where to ask for it. */
function OneClass({ id, labels, chosen, requested }: OneClassProps) {
  const isOther = requested !== undefined && requested !== chosen?.index && labels[requested] !== undefined;
  return (
    <p class={isOther ? "note" : "hint"}>
      This method explains one class a run; another class needs a request of its own:{" "}
      {isOther ? (
        <a href={requestOf(id, requested)}>ask for {nameOf(labels[requested]!)}</a>
      ) : (
        <>
          choose it above, or <a href={`/?again=${id}`}>ask for any class</a>
        </>
      )}
      .
    </p>
  );
}

/** The form, with this run's photograph and settings, and another class. */
function requestOf(id: string, index: number): string {
  return `/?again=${id}&class=${index}`;
}
