/** The origin at which a request came to the proxy before the server, as the proxy says; where it says nothing valid, the request's own URL. */
export function forwardedUrl({ url, headers }: Request): string {
  const own = new URL(url);
  const proto = first(headers.get("x-forwarded-proto")) ?? own.protocol.slice(0, -1);
  const host = first(headers.get("x-forwarded-host")) ?? own.host;
  const isPlain = /^https?$/.test(proto) && /^[\w.:[\]-]+$/.test(host);
  return isPlain && URL.canParse(`${proto}://${host}`) ? new URL(`${proto}://${host}`).href : url;
}

/** Of several proxies, what the one that the client speaks to says. */
function first(list: string | null): string | undefined {
  return list?.split(",")[0]?.trim();
}
