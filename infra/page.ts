import { execFileSync } from "node:child_process";

/** Builds the page, so that it is of the same commit as the API that serves it: its folder, to be copied beside the API's code. */
export function builtPage(): string {
  execFileSync("npm", ["run", "--silent", "web:build"], { stdio: ["ignore", "ignore", "inherit"] });
  return "web/dist";
}
