import { Presets, SingleBar } from "cli-progress";

/** Draws how many of something are done, where there is a terminal. */
export function countingBar(what: string) {
  return drawnBar(`{value} of {total} ${what}`);
}

/**
 * A bar with a text, in which names in braces are the payload's; {value} and {total} are known. It begins with the first update. The
 * terminal, whose lines do not wrap while there is a bar, is as before after `stop`, and after Ctrl-C.
 */
export function drawnBar(text: string) {
  const bar = new SingleBar({ format: `{bar} {percentage} % | ${text}`, clearOnComplete: true }, Presets.rect);
  const signals = ["SIGINT", "SIGTERM"] as const;
  let isBegun = false;
  const stop = () => {
    bar.stop();
    for (const signal of signals) process.removeListener(signal, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    stop();
    // A command that finishes what it has begun listens itself; any other ends as without a bar.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  return {
    update(done: number, total: number, payload: Readonly<Record<string, string>> = {}): void {
      if (!isBegun) {
        bar.start(total, 0, payload);
        for (const signal of signals) process.on(signal, onSignal);
      }
      isBegun = true;
      bar.setTotal(total);
      bar.update(done, payload);
    },
    /** Prints something while the bar is not there; it comes back with the next update. */
    aside(print: () => void): void {
      stop();
      isBegun = false;
      print();
    },
    stop,
  };
}
