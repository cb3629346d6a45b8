import { writeFileSync } from "node:fs";

const INTERVAL_MS = 10_000;

/** Writes the file again and again while this process has time to: one that is older than a minute or two belongs to one that hangs. */
export function showAlive(file: string): void {
  const show = () => writeFileSync(file, "");
  show();
  setInterval(show, INTERVAL_MS).unref();
}
