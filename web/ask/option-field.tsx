import { described, Field } from "./field.tsx";
import type { Choice } from "./options.ts";

interface Props {
  readonly id: string;
  readonly choice: Choice;
  readonly value: string;
  readonly error: string | undefined;
  /** What it is where nothing is typed, of choices that do not know it themselves. */
  readonly fallback?: string;
  readonly onChange: (value: string) => void;
}

/** A number to type or one of a few to choose, with its range and what it does. */
export function OptionField({ id, choice: { label, hint, values, fallback }, value, error, onChange, ...props }: Props) {
  return (
    <Field id={id} label={label} error={error} hint={hint}>
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
          placeholder={fallback ?? props.fallback}
          autocomplete="off"
        />
      )}
    </Field>
  );
}
