import { useCallback, useEffect, useState } from "preact/hooks";

export interface Picked {
  /** The mask on the large picture: the one that is pointed at, else the one that stays there. */
  readonly mask: number | undefined;
  /** The mask that was clicked: it stays on the large picture. */
  readonly pinned: number | undefined;
  readonly pin: (mask: number) => void;
  /** By pointer or focus. */
  readonly point: (mask: number | undefined) => void;
  /** Leads back to the map. */
  readonly clear: () => void;
}

/** Which mask is looked at, if any. One that stays goes with Escape, and when another class is looked at. */
export function usePicked(target: number | undefined): Picked {
  const [pointed, point] = useState<number>();
  const [pinned, pin] = useState<number>();
  const clear = useCallback(() => {
    pin(undefined);
    point(undefined);
  }, []);
  useEffect(clear, [target]);
  useEffect(() => {
    if (pinned === undefined) return;
    const escape = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented) clear();
    };
    window.addEventListener("keydown", escape);
    return () => window.removeEventListener("keydown", escape);
  }, [pinned]);
  return { mask: pointed ?? pinned, pinned, pin, point, clear };
}
