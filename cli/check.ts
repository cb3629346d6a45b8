import type { Command } from "commander";

export function define(command: Command): void {
  command
    .description(
      "Examines the folder of a service: logs that are damaged, results that are missing, files, uploads and places in the history that " +
        "belong to nothing, deletions that were cut short, temporary files. A server may run meanwhile. The exit code is 0 where all is " +
        "well, or was repaired, and 1 where something is left.",
    )
    .option("--repair", "mend what can be mended without losing a result")
    .option("--json", "print JSON")
    .option("--data <folder>", "the folder; default: VITCX_DATA, or ./data")
    .action(async (flags: { readonly repair?: true; readonly json?: true; readonly data?: string }) => {
      const { check } = await import("./check/run.ts");
      process.exitCode = await check(flags);
    });
}
