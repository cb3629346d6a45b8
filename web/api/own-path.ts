/**
 * Where this page finds a file that the API names: the same path on the page's own origin. Behind a proxy the API may not know the
 * name or the scheme that the page was opened with, and the page may load from its own origin alone.
 */
export function ownPath(url: string): string {
  const { pathname, search } = new URL(url, "http://any.host");
  return pathname + search;
}
