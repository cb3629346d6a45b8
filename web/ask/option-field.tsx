import { described, Field } from "./field.tsx";
import { type Choice, type Range, rangeWords } from "./options.ts";

interface Props {
  readonly id: string;
  readonly choice: Choice;
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (value: string) => void;
}

/** A number to type or one of a few to choose, with its range and what it does. */
export function OptionField({ id, choice, value, error, onChange }: Props) {
  const { label, hint, values, range, fallback } = choice;
  const told = range ? `${rangeSentence(range)} ${hint}` : hint;
  return (
    <Field id={id} label={label} error={error} hint={told}>
      {values ? (
        <select {...described(id, error)} onChange={(event) => onChange(event.currentTarget.value)}>
          {values.map(([name, title], i) => (
            <option key={name} value={name} selected={name === value || (i === 0 && value === "")}>
              {title}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...described(id, error)}
          value={value}
          onInput={(event) => onChange(event.currentTarget.value)}
          inputmode="decimal"
          placeholder={fallback}
          autocomplete="off"
        />
      )}
    </Field>
  );
}

/** The range as a hint begins with it: "A whole number from 4 to 512, in pixels of the model's input." */
function rangeSentence(range: Range): string {
  const words = rangeWords(range);
  return `${words[0]!.toUpperCase()}${words.slice(1)}${range.unit === undefined ? "" : `, in ${range.unit}`}.`;
}
