import { type Logger, pino } from "pino";
import type { Config } from "../config.ts";

/** The log of a process: JSON lines on standard error, from VITCX_LOG_LEVEL on. */
export function openLog(name: string, { VITCX_LOG_LEVEL: level }: Pick<Config, "VITCX_LOG_LEVEL">): Logger {
  return pino({ name, level }, pino.destination(2));
}
