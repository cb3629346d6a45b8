import { useEffect, useState } from "preact/hooks";

/** Where the page is. */
export type Route =
  | { readonly view: "ask"; readonly again?: string; readonly target?: number }
  | { readonly view: "history" }
  | { readonly view: "explanation"; readonly id: string }
  | { readonly view: "nowhere" };

export function routeOf({ pathname, searchParams }: URL): Route {
  const again = searchParams.get("again");
  const target = classOf(searchParams);
  if (pathname === "/") return { view: "ask", ...(again !== null && { again }), ...(target !== undefined && { target }) };
  if (/^\/explanations\/?$/.test(pathname)) return { view: "history" };
  const id = /^\/explanations\/([0-9a-z]+)\/?$/.exec(pathname)?.[1];
  return id === undefined ? { view: "nowhere" } : { view: "explanation", id };
}

/** The index of the class that an address names. */
export function classOf(parameters: URLSearchParams): number | undefined {
  const index = parameters.get("class");
  return index !== null && /^\d+$/.test(index) ? Number(index) : undefined;
}

const MOVED = "vitcx:moved";

let isBack = false;

/** Whether the view was come to by the browser's Back or Forward. */
export function cameBack(): boolean {
  return isBack;
}

/** Goes to a path of this page; `replace` leaves no step to come back to. */
export function navigate(path: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  window.dispatchEvent(new Event(MOVED));
}

/** The address, and whenever it changes the new one. */
export function useAddress(): URL {
  const [address, setAddress] = useState(() => new URL(location.href));
  useEffect(() => {
    const look = ({ type }: Event) => {
      isBack = type === "popstate";
      setAddress(new URL(location.href));
    };
    for (const name of [MOVED, "popstate"]) window.addEventListener(name, look);
    return () => {
      for (const name of [MOVED, "popstate"]) window.removeEventListener(name, look);
    };
  }, []);
  return address;
}

/** Lets a plain click on a link of this page change the view without loading the page again. */
export function followLink(event: MouseEvent): void {
  const link = (event.target as Element).closest("a");
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
  const address = new URL(link.href);
  if (address.origin !== location.origin || routeOf(address).view === "nowhere") return;
  // A place of this very view, such as where the skip link leads: the browser goes there.
  if (address.hash && address.pathname === location.pathname && address.search === location.search) return;
  event.preventDefault();
  navigate(address.pathname + address.search);
  window.scrollTo(0, 0);
}
