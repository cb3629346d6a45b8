import { useState } from "preact/hooks";
import { type Figure, saveFigure } from "../../drawing/save-figure.ts";

interface Props {
  readonly figure: Figure;
  readonly name: string;
}

/** Saves what is shown. */
export function SavePng({ figure, name }: Props) {
  const [error, setError] = useState<string>();
  const save = async () => {
    setError(undefined);
    try {
      await saveFigure(figure, name);
    } catch {
      setError("It could not be drawn: the photograph cannot be fetched, or is too large for this browser.");
    }
  };
  return (
    <>
      <button type="button" onClick={() => void save()}>
        PNG
      </button>{" "}
      as it is shown above{" "}
      <span class="error" role="alert">
        {error}
      </span>
    </>
  );
}
