import { Presets, SingleBar } from "cli-progress";
import type { ResultFile } from "../lib/explanation/results/evidence-files.ts";
import type { Explanation } from "../lib/explanation/log/fold.ts";
import { progressOf } from "../lib/explanation/log/progress.ts";

/** Sees an explanation through, and draws how far it is where there is a terminal. Its last state, and the files of the result. */
export async function watch(
  steps: AsyncGenerator<Explanation, readonly ResultFile[]>,
): Promise<{ explanation: Explanation; files: readonly ResultFile[] }> {
  const explanations: Explanation[] = [];
  const bar = drawnBar("{masks}");
  let step = await steps.next();
  bar.update(0, 1, { masks: "" });
  try {
    for (; !step.done; step = await steps.next()) {
      const { done, total, fraction } = progressOf(step.value);
      const scored = total === null ? "" : `${done} of ${total} masks scored`;
      bar.update(fraction, 1, { masks: step.value.latest.MAPPED ? "measuring the map" : scored });
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
  return drawnBar(`{value} of {total} ${what}`);
}

/** A bar with a text, in which names in braces are the payload's; {value} and {total} are known. It begins with the first update. */
export function drawnBar(text: string) {
  const bar = new SingleBar({ format: `{bar} {percentage} % | ${text}`, clearOnComplete: true }, Presets.rect);
  let isBegun = false;
  return {
    update(done: number, total: number, payload: Readonly<Record<string, string>> = {}): void {
      if (!isBegun) bar.start(total, 0, payload);
      isBegun = true;
      bar.setTotal(total);
      bar.update(done, payload);
    },
    stop: () => bar.stop(),
  };
}
