import type { Command } from "commander";
import { modelFolders } from "./model-folders.ts";

export function define(command: Command): void {
  command
    .description("Starts a worker: it takes one explanation after another from the queue, until Ctrl-C.")
    .option("--data <folder>", "the store and the queue; default: VITCX_DATA, or ./data")
    .option("--models <folders>", "folders of models, with : between them; default: VITCX_MODELS, or ./models and vitcx's own")
    .action(async ({ data, models }: { readonly data?: string; readonly models?: string }) => {
      if (data !== undefined) process.env["VITCX_DATA"] = data;
      process.env["VITCX_MODELS"] = modelFolders(models).join(":");
      await import("../functions/worker.ts");
    });
}
