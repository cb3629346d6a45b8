import { type Example, titleOf } from "./examples.ts";

interface Props {
  readonly examples: readonly Example[];
  readonly disabled: boolean;
  readonly onChoose: (example: Example) => void;
}

/** Pictures to try, of the model that is chosen. */
export function Examples({ examples, disabled, onChoose }: Props) {
  if (examples.length === 0) return null;
  return (
    <section class="examples" aria-labelledby="examples-title">
      <h2 id="examples-title">Or try one of these</h2>
      <ul>
        {examples.map((example) => (
          <li key={example.name}>
            <button type="button" disabled={disabled} title={titleOf(example)} onClick={() => onChoose(example)}>
              <img src={example.preview} alt={`Example: ${titleOf(example)}`} width="88" height="88" loading="lazy" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
