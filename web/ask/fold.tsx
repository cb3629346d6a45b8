import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

interface Props {
  readonly title: string;
  /** What it belongs to, where the title does not say so. */
  readonly of?: string;
  /** Something in it has to be seen: it opens, and can be closed again. */
  readonly opens: boolean;
  readonly children: ComponentChildren;
}

/** What most people need not look at, folded away. */
export function Fold({ title, of, opens, children }: Props) {
  const [open, setOpen] = useState(opens);
  useEffect(() => {
    if (opens) setOpen(true);
  }, [opens]);
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
