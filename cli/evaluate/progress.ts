import type { Task } from "../../lib/evaluation/evaluate.ts";
import { TimeLeft } from "../../lib/evaluation/time-left.ts";
import { drawnBar } from "../progress-bar.ts";

/** A bar with the time left. */
export function evaluationBar(tasks: readonly Task[]) {
  const bar = drawnBar("{value} of {total} | {left}");
  const left = new TimeLeft(tasks.map(kindOf));
  let before = performance.now();
  let done = 0;
  bar.update(0, tasks.length, { left: "" });
  return {
    answered(task: Task): void {
      const now = performance.now();
      // Of several at a time, each takes its share of the clock.
      left.done(kindOf(task), now - before);
      before = now;
      bar.update(++done, tasks.length, { left: textOf(left.ms) });
    },
    stop: () => bar.stop(),
  };
}

function kindOf({ model, spec }: Task) {
  return { model, method: spec.text };
}

function textOf(ms: number | null): string {
  if (ms === null) return "";
  const minutes = Math.ceil(ms / 60_000);
  return `${minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`} left`;
}
