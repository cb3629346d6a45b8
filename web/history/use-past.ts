import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { heldKey } from "../key/held-key.ts";
import { cameBack } from "../router.ts";
import { isUnfinished, newsOf, nothingYet, type Past, withMore } from "./past.ts";

/** Milliseconds from one look at what is not finished to the next. */
const AGAIN_MS = 3000;

/** What was last shown, to the holder of which key, and how far it was scrolled, for who comes back to it. */
const kept: { past: Past; key: string | undefined; y: number } = { past: nothingYet, key: undefined, y: 0 };

/** The past, as far as it has been looked at. Who comes back to it finds it as it was; who comes for the first time begins with the newest. */
export function usePast() {
  const [past, setPast] = useState(() => (cameBack() && kept.key === heldKey() ? kept.past : nothingYet));
  const [error, setError] = useState<string>();
  const busy = useRef(false);

  useLayoutEffect(() => {
    if (cameBack()) window.scrollTo(0, kept.y);
    const keep = () => void (kept.y = window.scrollY);
    window.addEventListener("scroll", keep, { passive: true });
    return () => window.removeEventListener("scroll", keep);
  }, []);
  useLayoutEffect(() => void Object.assign(kept, { past, key: heldKey() }), [past]);

  const fetchMore = useCallback(async () => {
    if (busy.current) return;
    busy.current = true;
    setError(undefined);
    try {
      const { items, ...place } = await withMore(past);
      const added = items.slice(past.items.length);
      // Others may have changed meanwhile.
      setPast((past) => ({ ...place, items: [...past.items, ...added] }));
    } catch (error) {
      setError((error as Error).message);
    } finally {
      busy.current = false;
    }
  }, [past.cursor]);

  const isAnyUnfinished = past.items.some(isUnfinished);
  useEffect(() => {
    if (!isAnyUnfinished) return;
    let timer: number;
    let current = true;
    const look = async () => {
      const news = document.hidden ? [] : await newsOf(kept.past.items);
      if (!current) return;
      setPast((past) => ({ ...past, items: past.items.map((item) => news.find(({ id }) => id === item.id) ?? item) }));
      timer = window.setTimeout(() => void look(), AGAIN_MS);
    };
    timer = window.setTimeout(() => void look(), cameBack() ? 0 : AGAIN_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [isAnyUnfinished]);

  /** Takes away one of those that cannot be read. */
  const forget = useCallback(
    (id: string) => setPast((past) => ({ ...past, damaged: past.damaged.filter((each) => each.id !== id) })),
    [],
  );
  return { ...past, error, fetchMore, forget };
}
