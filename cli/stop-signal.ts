import { setMaxListeners } from "node:events";
import { constants } from "node:os";

/** npm and tsx pass on what the terminal has sent to all of them: within so many milliseconds it is the same key press. */
const ONCE_MS = 1000;

/** Ends a command early: aborts with the first SIGINT or SIGTERM; a later one ends the process at once. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  // As many as there are requests at a time.
  setMaxListeners(0, stop.signal);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const onSignal = () => {
      stop.abort(new Stopped(signal));
      // Without a listener a signal ends the process.
      setTimeout(() => process.removeListener(signal, onSignal), ONCE_MS).unref();
    };
    process.on(signal, onSignal);
  }
  return stop.signal;
}

/** Why a command ends before its time. */
export class Stopped extends Error {
  /** Of the process, as a shell has it. */
  readonly exitCode: number;

  constructor(signal: "SIGINT" | "SIGTERM") {
    super(`Ended by ${signal}.`);
    this.exitCode = 128 + constants.signals[signal];
  }
}
