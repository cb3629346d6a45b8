import { useEffect, useState } from "preact/hooks";

const NAME = "vitcx:key";
const CHANGED = "vitcx:key-changed";

/** Of a browser that lets the page keep nothing. */
let inMemory: string | undefined;

/** The API key that this browser holds, for servers that want one. It travels in a header, and is never part of an address. */
export function heldKey(): string | undefined {
  return inMemory ?? storage("sessionStorage")?.getItem(NAME) ?? storage("localStorage")?.getItem(NAME) ?? undefined;
}

/** Whether the key outlives this tab. */
export function isKeptForGood(): boolean {
  return storage("localStorage")?.getItem(NAME) === heldKey() && heldKey() !== undefined;
}

/** Holds a key: for good, or until this tab is closed. */
export function holdKey(key: string, forGood: boolean): void {
  forget();
  const place = storage(forGood ? "localStorage" : "sessionStorage");
  if (place) place.setItem(NAME, key);
  else inMemory = key;
  window.dispatchEvent(new Event(CHANGED));
}

export function forgetKey(): void {
  forget();
  window.dispatchEvent(new Event(CHANGED));
}

function forget(): void {
  inMemory = undefined;
  for (const name of ["sessionStorage", "localStorage"] as const) storage(name)?.removeItem(NAME);
}

/** What a request says of who asks. */
export function keyHeaders(key = heldKey()): Record<string, string> {
  return key === undefined ? {} : { "x-api-key": key };
}

/** Whether this browser holds a key, and whenever that changes. */
export function useHoldsKey(): boolean {
  const [holds, setHolds] = useState(heldKey() !== undefined);
  useEffect(() => {
    const look = () => setHolds(heldKey() !== undefined);
    // "storage": another tab has taken or forgotten one.
    for (const name of [CHANGED, "storage"]) window.addEventListener(name, look);
    return () => {
      for (const name of [CHANGED, "storage"]) window.removeEventListener(name, look);
    };
  }, []);
  return holds;
}

/** undefined where the browser forbids it, by throwing. */
function storage(name: "localStorage" | "sessionStorage"): Storage | undefined {
  try {
    return window[name];
  } catch {
    return undefined;
  }
}
