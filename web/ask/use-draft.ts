import { useLayoutEffect, useState } from "preact/hooks";
import { heldKey } from "../key/held-key.ts";
import { defaults, type Settings } from "./settings.ts";

/** What was filled in. */
interface Draft {
  readonly settings: Settings;
  readonly photograph: File | undefined;
}

/** By the step in the browser's history; and whose it is, since another owner's key may be entered meanwhile. */
const kept = new Map<string, Draft & { readonly key: string | undefined }>();

const nothing: Draft = { settings: defaults, photograph: undefined };

/**
 * What is filled in, kept for those who come back to it by the browser's Back. Until the page is loaded again: a photograph is
 * nothing to leave in a browser.
 */
export function useDraft() {
  const [step] = useState(() => keptStep() ?? String(Math.random()));
  const known = kept.get(step);
  const [cameBack] = useState(known !== undefined && known.key === heldKey());
  const [filled, setFilled] = useState<Draft>(cameBack ? known! : nothing);
  useLayoutEffect(() => {
    // A link to this view itself makes a step that does not know of it yet.
    if (keptStep() !== step) history.replaceState({ ...(history.state as object), kept: step }, "");
    kept.set(step, { ...filled, key: heldKey() });
  });
  const fill = (change: (filled: Draft) => Partial<Draft>) => setFilled((filled) => ({ ...filled, ...change(filled) }));
  return {
    ...filled,
    /** Whether this was filled in before. */
    cameBack,
    change: (change: Partial<Settings>) => fill(({ settings }) => ({ settings: { ...settings, ...change } })),
    setPhotograph: (photograph: File) => fill(() => ({ photograph })),
  };
}

function keptStep(): string | undefined {
  return (history.state as { readonly kept?: string } | null)?.kept;
}
