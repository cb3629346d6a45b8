// How long a job waits for a GPU, simulated: npx tsx test/bench/queueing.ts
// Jobs come at random (Poisson) and take the same time each. Once a minute an alarm sees the minute before, and sets the number of
// containers; one that is wanted works four minutes later. The API starts the first one at once. Idle ones go when fewer are wanted.
import { scalingSteps } from "../../infra/scaling-steps.ts";

const JOB_SECONDS = 4.2;
const START_SECONDS = 240;
const MAX_TASKS = 100;
const HOURS = 6;

/** mulberry32: the same jobs for every policy. */
function randomFrom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Containers that are wanted where so many jobs wait or run. */
type Policy = (jobs: number) => number;

const byWait = (targetWait: number): Policy => {
  const steps = scalingSteps(MAX_TASKS, targetWait);
  return (jobs) => (jobs === 0 ? 0 : steps.findLast(({ work }) => jobs * JOB_SECONDS > work)!.tasks);
};
const byCount: Policy = (jobs) => Math.min(MAX_TASKS, Math.ceil(jobs / 20));

/** Waits of all jobs but those of the first hour, in seconds, and the mean number of containers. */
function simulate(perSecond: number, policy: Policy): { waits: number[]; containers: number } {
  const random = randomFrom(1);
  const waiting: number[] = [];
  const waits: number[] = [];
  /** When each container is there and free. */
  let containers: number[] = [];
  let [next, used, seen] = [0, 0, 0];
  for (let now = 0; now < HOURS * 3600; now++) {
    for (; next <= now; next += -Math.log(1 - random()) / perSecond) {
      if (containers.length === 0) containers.push(now + START_SECONDS);
      waiting.push(next);
    }
    for (let i = 0; i < containers.length; i++) {
      while (containers[i]! <= now && waiting.length > 0) {
        const came = waiting.shift()!;
        const begun = Math.max(came, containers[i]!);
        if (now > 3600) waits.push(begun - came);
        containers[i] = begun + JOB_SECONDS;
      }
    }
    if (now % 60 === 0) {
      const wanted = policy(seen);
      seen = waiting.length + containers.filter((free) => free > now && free < now + JOB_SECONDS).length;
      while (containers.length < wanted) containers.push(now + START_SECONDS);
      const isIdle = (free: number) => free <= now && waiting.length === 0;
      for (let spare = containers.length - Math.max(1, wanted); spare > 0; spare--) {
        const at = containers.findIndex(isIdle);
        if (at < 0) break;
        containers.splice(at, 1);
      }
    }
    used += containers.length;
  }
  return { waits: waits.toSorted((a, b) => a - b), containers: used / (HOURS * 3600) };
}

const policies: Record<string, Policy> = { "one for 20 jobs": byCount, "wait of 60 s": byWait(60), "wait of 20 s": byWait(20) };
console.log("jobs a second | policy | mean wait, s | p95 wait, s | containers (work alone needs)");
for (const perSecond of [0.05, 0.5, 2, 10]) {
  for (const [name, policy] of Object.entries(policies)) {
    const { waits, containers } = simulate(perSecond, policy);
    const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
    const p95 = waits[Math.floor(0.95 * waits.length)]!;
    const needed = (perSecond * JOB_SECONDS).toFixed(1);
    console.log(`${perSecond} | ${name} | ${mean.toFixed(1)} | ${p95.toFixed(1)} | ${containers.toFixed(1)} (${needed})`);
  }
}
