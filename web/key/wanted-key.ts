import { useEffect, useState } from "preact/hooks";
import { heldKey } from "./held-key.ts";

/** What requests wait for that the server refused. */
interface Wish {
  /** Whether it refused a key, rather than none. */
  readonly refused: boolean;
  readonly granted: Promise<void>;
  readonly grant: () => void;
  readonly deny: (reason: Error) => void;
}

const CHANGED = "vitcx:key-wanted";

let wish: Wish | undefined;

/** Whether the server has asked for a key since the page was loaded. */
let wasWanted = false;

/**
 * Resolves once the browser holds another key than the one that was refused, which the user is asked for: the request can be sent
 * again then, and whatever it was for goes on. Rejects where the user does not want to.
 */
export function anotherKey(refused: string | undefined): Promise<void> {
  if (heldKey() !== refused) return Promise.resolve();
  if (wish) return wish.granted;
  const { promise, resolve, reject } = promiseWithResolvers();
  wish = { refused: refused !== undefined, granted: promise, grant: resolve, deny: reject };
  wasWanted = true;
  window.dispatchEvent(new Event(CHANGED));
  return wish.granted;
}

/** Lets those who wait go on: with the key that is held now or, where there is a reason, without. Whether anybody waited. */
export function endWish(reason?: Error): boolean {
  const ended = wish;
  wish = undefined;
  if (reason) ended?.deny(reason);
  else ended?.grant();
  window.dispatchEvent(new Event(CHANGED));
  return ended !== undefined;
}

/** What waits for a key, and whether a key was ever waited for. */
export function useWish(): { readonly wish: Wish | undefined; readonly wasWanted: boolean } {
  const [known, setKnown] = useState({ wish, wasWanted });
  useEffect(() => {
    const look = () => setKnown({ wish, wasWanted });
    look();
    window.addEventListener(CHANGED, look);
    return () => window.removeEventListener(CHANGED, look);
  }, []);
  return known;
}

/** As Promise.withResolvers, which browsers of 2023 lack. */
function promiseWithResolvers() {
  let settle: Pick<Wish, "grant" | "deny"> | undefined;
  const promise = new Promise<void>((resolve, reject) => (settle = { grant: resolve, deny: reject }));
  return { promise, resolve: settle!.grant, reject: settle!.deny };
}
