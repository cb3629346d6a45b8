import type { Command } from "commander";
import { metricsHelp } from "../lib/explanation/request/metrics-help.ts";
import type { ExplainFlags } from "./explain/run.ts";

export function define(command: Command): void {
  command
    .description("Explains an image in this process, and writes the saliency map and its evidence into a folder.")
    .argument("<photo>", "a JPEG, PNG, WebP or AVIF file")
    .option("--model <id>", "which model; default: emoji-vit, or the first there is")
    .option("--models <folders>", "folders of models, with : between them; default: VITCX_MODELS, or ./models and vitcx's own")
    .option(
      "--method <name>",
      "vit-cx, occlusion, rise, score-cam, random or centre-gaussian; with options behind colons, as " +
        "vit-cx:noise-draws=4:corrected=false or rise:count=1000",
      "vit-cx",
    )
    .option("--target <label|index>", "the class to explain; default: the most probable one")
    .option("--seed <n>", "of the noise; default: 0")
    .option("--noise-sd <number>", "its standard deviation in normalised pixel space; default: 0.1")
    .option("--delta <number>", "the clustering threshold; default: the model's")
    .option("--metrics <names>", metricsHelp())
    .option(
      "--box <l,t,r,b>",
      "where the object is, in pixels of the photo: left, top, right, bottom; may be repeated",
      (box: string, boxes?: readonly string[]) => [...(boxes ?? []), box],
    )
    .option("--out <folder>", "where the files go", "explanation")
    .action(async (photo: string, flags: ExplainFlags) => (await import("./explain/run.ts")).explain(photo, flags));
}
