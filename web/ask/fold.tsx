import type { ComponentChildren } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import type { Errors } from "./errors.ts";

interface Props {
  readonly title: string;
  /** What it belongs to, where the title does not say so. */
  readonly of?: string;
  /** Something in it is not as it usually is: it opens, and can be closed again. */
  readonly changed: boolean;
  /** Something in it is wrong: it opens whenever that is found, however often it has been closed before. */
  readonly wrong: boolean;
  /** What was found wrong, a new object each time. */
  readonly errors: Errors;
  readonly children: ComponentChildren;
}

/** What most people need not look at, folded away. */
export function Fold({ title, of, changed, wrong, errors, children }: Props) {
  const [open, setOpen] = useState(changed || wrong);
  useLayoutEffect(() => {
    if (changed) setOpen(true);
  }, [changed]);
  useLayoutEffect(() => {
    if (wrong) setOpen(true);
  }, [errors]);
  return (
    <details class="fold" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {title}
        {of && <span class="visually-hidden"> of {of}</span>}
      </summary>
      {children}
    </details>
  );
}
