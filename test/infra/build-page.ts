import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Builds the page once for all evaluations of a run. */
export default function setup(): void {
  if (existsSync(".sst/platform/node_modules")) execFileSync("npm", ["run", "--silent", "web:build"], { stdio: "ignore" });
}
