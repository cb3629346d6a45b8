interface Props<Value extends string> {
  readonly legend: string;
  readonly name: string;
  readonly options: readonly (readonly [Value, string])[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}

/** A choice of one of a few, side by side. */
export function Segments<Value extends string>({ legend, name, options, value, onChange }: Props<Value>) {
  return (
    <fieldset class="segments">
      <legend class="visually-hidden">{legend}</legend>
      {options.map(([option, title]) => (
        <label key={option}>
          <input type="radio" name={name} value={option} checked={option === value} onChange={() => onChange(option)} />
          <span>{title}</span>
        </label>
      ))}
    </fieldset>
  );
}
