import { join } from "node:path";
import { timedOut } from "../lib/explanation/run/time-limit.ts";
import { openDeps } from "./adapters.ts";
import { processName, showAlive, workersFolder } from "./alive.ts";
import { classifiers } from "./classifiers.ts";
import { readConfig } from "./config.ts";
import { openLog } from "./observe/log.ts";
import { endWith } from "./exit-with.ts";
import { watchJobs } from "./job-limit.ts";
import { leaveProcess1 } from "./not-process-1.ts";
import { openFolder } from "./readiness.ts";
import { tracingWhereAsked } from "./observe/open-tracing.ts";
import type { Tracing } from "./observe/tracing.ts";
import { factsOfWorker } from "./observe/worker-facts.ts";
import type { InstalledModel } from "../lib/vit/catalog/catalog.ts";
import { watchParent } from "./parent-watch.ts";
import { loggedRun } from "./logged-run.ts";
import { scaleInProtection } from "./scale-in-protection.ts";

/** A worker process: takes one job after another from the queue, and computes it. SIGTERM, and the end of the server that started it: gives back what it has in hand. */
await leaveProcess1();
const config = readConfig();
const log = openLog("worker", config);
await openFolder(config).catch(endWith);
const deps = await openDeps(config).catch(endWith);
const onError = (error: unknown) => log.error(error);

const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());
process.on("SIGINT", () => stop.abort());
watchParent(() => stop.abort(), config.VITCX_STOP_SECONDS * 1000);
if (config.VITCX_ALIVE_FILE !== undefined) showAlive(config.VITCX_ALIVE_FILE);

const facts = factsOfWorker();
const tracing = await tracingWhereAsked("worker");
const openClassifier = classifiers(config, log);
const worker = {
  ...deps,
  name: processName(),
  openClassifier: async (model: InstalledModel) => facts.counted(await openClassifier(model)),
  stop: stop.signal,
  jobSeconds: config.VITCX_JOB_SECONDS,
};
if (config.VITCX_QUEUE_URL === undefined) showAlive(join(workersFolder(config), worker.name), facts.text);
const jobs = watchJobs(config);
/** What the watchdog is told of a job. */
const { code, message } = timedOut(config.VITCX_JOB_SECONDS);
const watched = { worker: worker.name, limitMs: config.VITCX_JOB_SECONDS * 1000, end: { code, message } };
const protection = scaleInProtection(process.env["ECS_AGENT_URI"], onError);

const note: Tracing["job"] = (outcome, explanation, seconds) => {
  facts.note(outcome, explanation);
  tracing?.job(outcome, explanation, seconds);
};

/** How many jobs in a row may meet an error that may be this process's, such as a GPU that answers no more, before it gives way. */
const FAILURES = 2;

log.info({ worker: worker.name, models: deps.catalog.models.map(({ manifest }) => manifest.id) }, "ready");
let failures = 0;
while (!stop.signal.aborted && failures < FAILURES) {
  try {
    const delivery = await deps.queue.receive(stop.signal);
    if (!delivery) continue;
    await protection.hold();
    jobs.begin({ id: delivery.job.id, ...watched });
    const outcome = await loggedRun(worker, delivery, log, config.VITCX_METRICS, note)
      .finally(jobs.end)
      .finally(protection.letGo);
    // Ends here, with lease, protection and health: a step that never ends holds the GPU.
    if (outcome === "hung") process.exit(1);
    if (outcome === "waiting") await new Promise((resolve) => setTimeout(resolve, 1000));
    failures = outcome === "failed" ? failures + 1 : 0;
  } catch (error) {
    onError(error);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
await tracing?.stop();
// Whoever started it starts another one.
process.exit(failures < FAILURES ? 0 : 1);
