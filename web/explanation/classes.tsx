import { useState } from "preact/hooks";
import type { ClassFragment } from "../api/operations.ts";
import { nameOf, percent } from "./progress.ts";

interface Props {
  readonly predictions: readonly ClassFragment[];
  readonly chosen: ClassFragment | undefined;
  /** All labels of the model, in the order of their indices; undefined while no map can be asked for. */
  readonly labels: readonly string[] | undefined;
  readonly onChoose: (index: number) => void;
}

/** What the model sees, and the choice of the class whose map is shown. */
export function Classes({ predictions, chosen, labels, onChoose }: Props) {
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
      {labels && <AnyClass labels={labels} onChoose={onChoose} />}
    </section>
  );
}

function AnyClass({ labels, onChoose }: { readonly labels: readonly string[]; readonly onChoose: (index: number) => void }) {
  const [error, setError] = useState<string>();
  return (
    <form
      class="any-class"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const input = event.currentTarget.elements.namedItem("other") as HTMLInputElement;
        const index = indexOf(labels, input.value);
        setError(index === undefined ? `The model has no class “${input.value}”.` : undefined);
        if (index === undefined) return;
        input.value = "";
        onChoose(index);
      }}
    >
      <label for="other">And why not …</label>
      <div class="joined">
        <input
          id="other"
          name="other"
          list="all-labels"
          placeholder="any class"
          autocomplete="off"
          aria-describedby="other-error"
        />
        <button type="submit">Ask</button>
      </div>
      <datalist id="all-labels">
        {labels.map((label) => (
          <option key={label} value={label.replaceAll("_", " ")} />
        ))}
      </datalist>
      <p class="error" id="other-error" role="alert">
        {error}
      </p>
    </form>
  );
}

/** The class with this label or, of labels that list synonyms, this name. */
function indexOf(labels: readonly string[], text: string): number | undefined {
  const plain = (label: string) => label.replaceAll("_", " ").trim().toLowerCase();
  const wanted = plain(text);
  const whole = labels.findIndex((label) => plain(label) === wanted);
  const index = whole >= 0 ? whole : labels.findIndex((label) => label.split(",").some((name) => plain(name) === wanted));
  return index < 0 ? undefined : index;
}
