import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

interface Props {
  readonly text: () => string;
  readonly title: string;
  /** What stands after the button. */
  readonly children?: ComponentChildren;
}

/** Copies a text, and says whether it was. */
export function Copy({ text, title, children }: Props) {
  const [state, setState] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      setState("copied");
    } catch {
      setState("the browser does not allow it");
    }
    setTimeout(() => setState(""), 2000);
  };
  return (
    <>
      <button type="button" onClick={() => void copy()}>
        {title}
      </button>{" "}
      {children}{" "}
      <span class="copied" role="status">
        {state && `· ${state}`}
      </span>
    </>
  );
}
