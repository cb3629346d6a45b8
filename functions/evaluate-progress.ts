import { Presets, SingleBar } from "cli-progress";
import type { Task } from "../lib/evaluation/evaluate.ts";

/** A bar with the time left: as long as the tasks that are left, each as long as those of its model and method have been so far. */
export function evaluationBar(tasks: readonly Task[]) {
  const bar = new SingleBar(
    { format: "{bar} {percentage} % | {value} of {total} | {left}", clearOnComplete: true },
    Presets.rect,
  );
  const left = new Map<string, number>();
  for (const task of tasks) left.set(kindOf(task), (left.get(kindOf(task)) ?? 0) + 1);
  const seen = new Map<string, { count: number; ms: number }>();
  let before = performance.now();
  bar.start(tasks.length, 0, { left: "" });
  return {
    answered(task: Task): void {
      const now = performance.now();
      const { count, ms } = seen.get(kindOf(task)) ?? { count: 0, ms: 0 };
      // Of several at a time, each takes its share of the clock.
      seen.set(kindOf(task), { count: count + 1, ms: ms + now - before });
      before = now;
      left.set(kindOf(task), left.get(kindOf(task))! - 1);
      bar.increment({ left: timeLeft(left, seen) });
    },
    stop: () => bar.stop(),
  };
}

function kindOf({ model, spec }: Task): string {
  return `${model} ${spec.text}`;
}

/** Nothing before each kind of task was seen once. */
function timeLeft(left: ReadonlyMap<string, number>, seen: ReadonlyMap<string, { count: number; ms: number }>): string {
  let total = 0;
  for (const [kind, count] of left) {
    const known = seen.get(kind);
    if (!known && count > 0) return "";
    if (known) total += (count * known.ms) / known.count;
  }
  const minutes = Math.ceil(total / 60_000);
  const text = minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${text} left`;
}
