// A worker that dies of every job, as one does that runs out of memory. Prints a line for each job that it did not die of.
import { run } from "../../lib/explanation/run/run.ts";
import { openDeps } from "../../functions/adapters.ts";
import { readConfig } from "../../functions/config.ts";

const deps = await openDeps(readConfig());
const openClassifier = () => process.kill(process.pid, "SIGKILL") as never;
const worker = { ...deps, name: "crashing", openClassifier, stop: new AbortController().signal, onError: console.error };
for (;;) {
  const delivery = await deps.queue.receive(AbortSignal.timeout(20_000));
  if (delivery === null) continue;
  await run(worker, delivery);
  console.log("survived");
}
