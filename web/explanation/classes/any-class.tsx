import { useRef, useState } from "preact/hooks";
import { ask } from "../../api/graphql.ts";
import { classNamedQuery } from "../../api/operations.ts";
import { findClasses } from "./find-class.ts";

interface Props {
  readonly id: string;
  /** All labels of the model, in the order of their indices. */
  readonly labels: readonly string[];
  readonly onChoose: (index: number) => void;
}

/** What came of a name that is not one class's. */
interface Trouble {
  readonly words: string;
  /** The classes that share the name. */
  readonly among: readonly number[];
}

/** Asks for any class of the model, by its name or its number. */
export function AnyClass({ id, labels, onChoose }: Props) {
  const [trouble, setTrouble] = useState<Trouble>();
  const input = useRef<HTMLInputElement>(null);
  const choose = (index: number) => {
    setTrouble(undefined);
    input.current!.value = "";
    onChoose(index);
  };
  const find = async (text: string) => {
    const found = findClasses(labels, text);
    if (found.length === 1) return choose(found[0]!);
    if (text.trim() === "") setTrouble({ words: `Give a class, or its number from 0 to ${labels.length - 1}.`, among: [] });
    else if (found.length > 1) setTrouble({ words: `“${text.trim()}” names ${found.length} classes. Which one?`, among: found });
    // The API knows what may have been meant.
    else setTrouble({ words: await refusalOf(id, text), among: [] });
    input.current?.focus();
  };
  return (
    <form
      class={trouble ? "any-class wrong" : "any-class"}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void find(input.current!.value);
      }}
    >
      <label for="other">And why not …</label>
      <div class="joined">
        <input
          id="other"
          ref={input}
          list="all-labels"
          placeholder="any class"
          autocomplete="off"
          aria-describedby="other-error"
          aria-invalid={trouble !== undefined}
          onInput={() => setTrouble(undefined)}
        />
        <button type="submit">Ask</button>
      </div>
      <datalist id="all-labels">
        {labels.map((label, index) => (
          <option key={index} value={label.replaceAll("_", " ")} />
        ))}
      </datalist>
      <p class="error" id="other-error" role="alert">
        {trouble?.words}
      </p>
      {trouble && trouble.among.length > 0 && (
        <ul class="among">
          {trouble.among.map((index) => (
            <li key={index}>
              <button type="button" onClick={() => choose(index)}>
                {index}: {labels[index]!.replaceAll("_", " ")}
              </button>
            </li>
          ))}
        </ul>
      )}
    </form>
  );
}

async function refusalOf(id: string, target: string): Promise<string> {
  try {
    await ask(classNamedQuery, { id, target });
    return `The model has no class “${target}”.`;
  } catch (error) {
    return (error as Error).message;
  }
}
