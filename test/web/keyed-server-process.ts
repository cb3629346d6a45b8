import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { openDesk } from "../../functions/adapters.ts";
import { apiKeys } from "../../functions/api-keys.ts";
import { readConfig } from "../../functions/config.ts";
import { signedFilePath, storedFiles } from "../../functions/files.ts";
import { page } from "../../functions/page.ts";
import { uploadOrigin } from "../../functions/upload-origin.ts";
import { uploads } from "../../functions/uploads.ts";
import { urlSigner } from "../../functions/url-signer.ts";
import { keepWorker } from "../../functions/worker-process.ts";
import { createGraphQL } from "../../schema/yoga.ts";

/** `npm start` as it would be in the cloud: the API answers only with one of VITCX_API_KEYS, and the pictures' URLs are signed. */
const config = readConfig();
const signer = urlSigner(config.VITCX_API_KEYS);
const desk = await openDesk(config, { signer });
const keys = apiKeys(config.VITCX_API_KEYS);
const graphql = createGraphQL({
  desk,
  pollMs: config.VITCX_POLL_MS,
  maxImageBytes: config.VITCX_MAX_IMAGE_MB * 1e6,
  origins: [],
  onError: console.error,
  plugins: [
    page({ uploadOrigin: await uploadOrigin(desk.store) }),
    storedFiles(desk.store, signer),
    uploads(desk.store, signer),
    keys.plugin,
  ],
  filePath: signedFilePath(signer),
  ownerOf: keys.ownerOf,
});
const server = createServer((request, response) => void graphql(request, response));
const stop = new AbortController();
process.once("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
  stop.abort();
});
server.listen(config.PORT, config.HOST);
await once(server, "listening");
console.log(`It listens on http://${config.HOST}:${(server.address() as AddressInfo).port}`);
await keepWorker(stop.signal, () => undefined);
process.exit(0);
