import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { createGraphQL } from "../schema/yoga.ts";
import { openDesk } from "./adapters.ts";
import { readConfig } from "./config.ts";
import { endWith } from "./end-with.ts";
import { storedFiles } from "./files.ts";
import { greeting } from "./greeting.ts";
import { page } from "./page.ts";
import { uploadOrigin } from "./upload-origin.ts";
import { uploads } from "./uploads.ts";
import { urlSigner } from "./url-signer.ts";
import { keepWorker } from "./worker-process.ts";

/** `npm start`: the API on HTTP, and beside it a worker process that is started again whenever it dies. */
const config = readConfig();
const log = pino({ name: "server" }, pino.destination(2));
const signer = urlSigner(config.VITCX_API_KEYS);
const desk = await openDesk(config, { signer, onError: (error) => log.warn(error) }).catch(endWith);
for (const problem of desk.catalog.problems) log.warn(problem, "a model that cannot be used");
const graphql = createGraphQL({
  desk,
  pollMs: config.VITCX_POLL_MS,
  maxImageBytes: config.VITCX_MAX_IMAGE_MB * 1e6,
  maxUploadBytes: config.VITCX_MAX_UPLOAD_MB * 1e6,
  origins: config.VITCX_ORIGINS,
  onError: (error) => log.error(error),
  plugins: [storedFiles(desk.store), uploads(desk.store, signer), page({ uploadOrigin: await uploadOrigin(desk.store) })],
});

const server = createServer((request, response) => void graphql(request, response));
server.on("error", (error: NodeJS.ErrnoException) => {
  console.error(error.code === "EADDRINUSE" ? `Port ${config.PORT} is in use; set PORT to another one.` : error.message);
  process.exit(1);
});
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
    stop.abort();
  });
}

server.listen(config.PORT, config.HOST);
await once(server, "listening");
const { port } = server.address() as AddressInfo;
const models = desk.catalog.models.map(({ manifest }) => manifest.id);
console.log(greeting(`http://${config.HOST}:${port}`, models));
await keepWorker(stop.signal, (code, signal) => log.warn({ code, signal }, "the worker has ended; starting another"));
process.exit(0);
