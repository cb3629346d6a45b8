import { Presets, SingleBar } from "cli-progress";
import type { ResultFile } from "../lib/explanation/evidence-files.ts";
import type { Explanation } from "../lib/explanation/fold.ts";
import { progressOf } from "../lib/explanation/progress.ts";

/** Sees an explanation through, and draws how far it is where there is a terminal. Its last state, and the files of the result. */
export async function watch(
  steps: AsyncGenerator<Explanation, readonly ResultFile[]>,
): Promise<{ explanation: Explanation; files: readonly ResultFile[] }> {
  const explanations: Explanation[] = [];
  const bar = new SingleBar({ format: "{bar} {percentage} % | {masks}", clearOnComplete: true }, Presets.rect);
  let step = await steps.next();
  bar.start(1, 0, { masks: "" });
  try {
    for (; !step.done; step = await steps.next()) {
      const { done, total, fraction } = progressOf(step.value);
      const scored = total === null ? "" : `${done} of ${total} masks scored`;
      bar.update(fraction, { masks: step.value.latest.MAPPED ? "measuring the map" : scored });
      explanations.push(step.value);
    }
  } finally {
    // Its timer would keep the process alive.
    bar.stop();
  }
  return { explanation: explanations[explanations.length - 1], files: step.value };
}

/** Draws how many of something are done, where there is a terminal. */
export function countingBar(what: string) {
  const bar = new SingleBar({ format: `{bar} {percentage} % | {value} of {total} ${what}`, clearOnComplete: true }, Presets.rect);
  bar.start(1, 0);
  return {
    update(done: number, total: number): void {
      bar.setTotal(total);
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}
