import { type ChildProcess, fork } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { createGraphQL } from "../schema/yoga.ts";
import { openDesk } from "./adapters.ts";
import { readConfig } from "./config.ts";
import { storedFiles } from "./files.ts";
import { greeting } from "./greeting.ts";

/** `npm start`: the API on HTTP, and beside it a worker process that is started again whenever it dies. */
const config = readConfig();
const log = pino({ name: "server" }, pino.destination(2));
const desk = await openDesk(config);
const graphql = createGraphQL({
  desk,
  pollMs: config.VITCX_POLL_MS,
  maxImageBytes: config.VITCX_MAX_IMAGE_MB * 1e6,
  origins: config.VITCX_ORIGINS,
  onError: (error) => log.error(error),
  plugins: [storedFiles(desk.store)],
});

const server = createServer((request, response) => void graphql(request, response));
server.on("error", (error: NodeJS.ErrnoException) => {
  console.error(error.code === "EADDRINUSE" ? `Port ${config.PORT} is in use; set PORT to another one.` : error.message);
  process.exit(1);
});
let stopping = false;
let worker: ChildProcess;
server.listen(config.PORT, config.HOST, () => {
  const { port } = server.address() as AddressInfo;
  worker = startWorker();
  console.log(
    greeting(
      `http://${config.HOST}:${port}`,
      desk.catalog.models.map(({ manifest }) => manifest.id),
    ),
  );
});

function startWorker(): ChildProcess {
  const started = fork(fileURLToPath(new URL("./worker.ts", import.meta.url)), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  started.once("exit", (code, signal) => {
    if (stopping) return;
    log.warn({ code, signal }, "the worker has ended; starting another");
    setTimeout(() => (worker = startWorker()), 500);
  });
  return started;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    stopping = true;
    server.close();
    server.closeAllConnections();
    worker.once("exit", () => process.exit(0));
    worker.kill("SIGTERM");
  });
}
