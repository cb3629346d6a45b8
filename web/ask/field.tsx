import type { ComponentChildren } from "preact";

interface Props {
  readonly id: string;
  readonly label: string;
  /** What it means, and its range. */
  readonly hint?: ComponentChildren;
  readonly error?: string | undefined;
  /** The control: it takes `id`, and `describedBy(id)` as its description. */
  readonly children: ComponentChildren;
}

/** A labelled control with its hint, and what is wrong with it beside it. */
export function Field({ id, label, hint, error, children }: Props) {
  return (
    <div class={error ? "field wrong" : "field"}>
      <label for={id}>{label}</label>
      {children}
      <p class="error" id={`${id}-error`} role="alert">
        {error}
      </p>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** Ties a control to its hint and its error. */
export function described(id: string, error: string | undefined) {
  return { id, "aria-describedby": `${id}-error ${id}-hint`, "aria-invalid": error ? (true as const) : undefined };
}
