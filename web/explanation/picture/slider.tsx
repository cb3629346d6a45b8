interface Props {
  readonly label: string;
  /** 0 to 1. */
  readonly value: number;
  readonly shown: string;
  readonly onChange: (value: number) => void;
}

/** A share, chosen by sliding. */
export function Slider({ label, value, shown, onChange }: Props) {
  return (
    <label class="slider">
      <span>{label}</span>
      <input
        type="range"
        min="0"
        max="100"
        value={Math.round(100 * value)}
        aria-valuetext={shown}
        onInput={(event) => onChange(Number(event.currentTarget.value) / 100)}
      />
      <span class="shown">{shown}</span>
    </label>
  );
}
