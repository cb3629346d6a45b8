import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { openApi } from "./http/api.ts";
import { readConfig } from "./config.ts";
import { openLog } from "./observe/log.ts";
import { endWith } from "./exit-with.ts";
import { greeting, originOf } from "./http/greeting.ts";
import { health } from "./http/health.ts";
import { listener } from "./http/listener.ts";
import { openToOthers, ownHost } from "./http/own-host.ts";
import type { Deps } from "../lib/explanation/deps.ts";
import { queueFacts } from "../lib/queue/queue-facts.ts";
import { queueFolder } from "./adapters.ts";
import { workersFolder } from "./alive.ts";
import { openMetrics, type RequestFacts } from "./observe/metrics.ts";
import { tracingWhereAsked } from "./observe/open-tracing.ts";
import { metricsPage, serveMetrics } from "./observe/serve-metrics.ts";
import { readWorkerFacts } from "./observe/worker-facts.ts";
import { openFolder, readiness } from "./readiness.ts";
import { keepWorker } from "./worker-process.ts";

/** `vitcx serve`: the API on HTTP, and beside it, unless others do the work, a worker process that is started again whenever it dies. */
const config = readConfig();
const refusal = openToOthers(config);
if (refusal !== undefined) {
  console.error(refusal);
  process.exit(2);
}
const log = openLog("server", config);
await openFolder(config).catch(endWith);
const isFolderQueue = config.VITCX_QUEUE_URL === undefined;
const metrics = openMetrics({
  usage: async () => keeper?.usage() ?? null,
  ...(isFolderQueue && {
    queue: () => queueFacts(queueFolder(config)),
    workers: () => readWorkerFacts(workersFolder(config)),
  }),
});
const tracing = await tracingWhereAsked("server");
const observe = (request: RequestFacts) => {
  metrics.observe(request);
  tracing?.request(request);
};
const first = (opened: Pick<Deps, "store">) => [
  ownHost(config),
  health(readiness(config, opened.store)),
  metricsPage(metrics, config.VITCX_METRICS_TOKEN),
];
const { deps, graphql, keeper } = await openApi(config, log, { first, observe }).catch(endWith);
for (const problem of deps.catalog.problems) log.warn(problem, "a model that cannot be used");

const server = createServer(listener(graphql));
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
const models = deps.catalog.models.map(({ manifest }) => manifest.id);
console.log(greeting(originOf(config.HOST, port), models));
if (config.VITCX_METRICS_PORT !== undefined) {
  const { VITCX_METRICS_HOST: host } = config;
  const served = await serveMetrics(metrics, config.VITCX_METRICS_PORT, host).catch(endWith);
  log.info({ host, port: served.port }, "metrics");
}
void keeper?.run(stop.signal);
if (config.VITCX_NO_WORKER) {
  if (!stop.signal.aborted) await once(stop.signal, "abort");
} else {
  await keepWorker(stop.signal, config.VITCX_STOP_SECONDS * 1000, (code, signal) =>
    log.warn({ code, signal }, "the worker has ended; starting another"),
  );
}
await tracing?.stop();
process.exit(0);
