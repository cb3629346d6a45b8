import { type Logger, pino } from "pino";
import { imageWarnings } from "../../lib/image/decode.ts";
import type { Config } from "../config.ts";

/**
 * The log of a process: JSON lines on standard error, from VITCX_LOG_LEVEL on. Node's own warnings, and libvips' about images, become lines
 * of it, too.
 */
export function openLog(name: string, { VITCX_LOG_LEVEL: level }: Pick<Config, "VITCX_LOG_LEVEL">): Logger {
  const log = pino({ name, level }, pino.destination(2));
  // In place of Node's listener, which writes them as text.
  process.removeAllListeners("warning");
  process.on("warning", ({ name: kind, message }) => log.warn({ kind }, message));
  imageWarnings.addEventListener("warning", (event) => {
    log.warn({ kind: "ImageWarning" }, (event as CustomEvent<string>).detail);
  });
  return log;
}
