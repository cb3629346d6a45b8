import type { Plugin } from "graphql-yoga";
import type { Config } from "../config.ts";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Whether a server on this address is reached from its own machine alone. */
function isLoopback(host: string): boolean {
  return LOOPBACK.has(host.includes(":") ? `[${host}]` : host);
}

/** Why the server must not start: others could reach it, and nobody has said whether they may use it. Undefined where it may. */
export function openToOthers({ HOST, VITCX_KEYS, VITCX_API_KEYS, VITCX_WITHOUT_KEYS }: Config): string | undefined {
  if (isLoopback(HOST) || VITCX_KEYS === "store" || VITCX_API_KEYS.length > 0 || VITCX_WITHOUT_KEYS) return undefined;
  return (
    `Others than this machine reach the server at HOST=${HOST}, and without keys all of them could use it and see everything. ` +
    "Make keys (vitcx keys add OWNER) and set VITCX_KEYS=store, or set VITCX_API_KEYS to owner=key,…, or say that nobody needs a key: VITCX_WITHOUT_KEYS=true, or --without-keys."
  );
}

/**
 * Answers no request that was sent to another host's name while the server listens on this machine alone. Otherwise any web page
 * could have its own name lead here (DNS rebinding), and read what is explained. The hosts of VITCX_ORIGINS and VITCX_PUBLIC_URL
 * may lead here, too.
 */
export function ownHost({ HOST, VITCX_ORIGINS, VITCX_PUBLIC_URL }: Config): Plugin {
  if (!isLoopback(HOST)) return {};
  const urls = [...VITCX_ORIGINS, ...(VITCX_PUBLIC_URL === undefined ? [] : [VITCX_PUBLIC_URL])];
  const known = new Set([...LOOPBACK, ...urls.filter((url) => URL.canParse(url)).map((url) => new URL(url).hostname)]);
  return {
    onRequest({ url, fetchAPI, endResponse }) {
      if (known.has(url.hostname)) return;
      const text = `This server does not answer to the name ${url.hostname}: see VITCX_PUBLIC_URL and HOST.\n`;
      endResponse(new fetchAPI.Response(text, { status: 421, headers: { "content-type": "text/plain" } }));
    },
  };
}
