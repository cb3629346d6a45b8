import type { Plugin } from "graphql-yoga";
import type { Config } from "../config.ts";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * Answers no request that was sent to another host's name while the server listens on this machine alone. Otherwise any web page
 * could have its own name lead here (DNS rebinding), and read what is explained. The hosts of VITCX_ORIGINS and VITCX_PUBLIC_URL
 * may lead here, too.
 */
export function ownHost({ HOST, VITCX_ORIGINS, VITCX_PUBLIC_URL }: Config): Plugin {
  if (!LOOPBACK.has(HOST.includes(":") ? `[${HOST}]` : HOST)) return {};
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
