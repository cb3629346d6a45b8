import { type Example, examplesOf, titleOf } from "./examples.ts";

interface Props {
  readonly model: string;
  readonly disabled: boolean;
  readonly onChoose: (example: Example) => void;
}

/** Pictures to try, of the model that is chosen. */
export function Examples({ model, disabled, onChoose }: Props) {
  const examples = examplesOf(model);
  if (examples.length === 0) return null;
  return (
    <section class="examples" aria-labelledby="examples-title">
      <h2 id="examples-title">Or try one of these</h2>
      <ul>
        {examples.map((example) => (
          <li key={example.name}>
            <button type="button" disabled={disabled} title={titleOf(example)} onClick={() => onChoose(example)}>
              <img src={example.url} alt={`Example: ${titleOf(example)}`} width="112" height="112" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
