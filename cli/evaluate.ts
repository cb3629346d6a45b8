import { type Command, Option } from "commander";
import { defaultMetricsHelp } from "../lib/explanation/request/metrics-help.ts";
import type { EvaluateFlags } from "./evaluate/inputs.ts";
import { integerOption } from "./number.ts";

export function define(command: Command): void {
  command
    .description("Explains every image of a folder by every method, measures the maps, and compares the methods.")
    .option("--images <folder>", "the images, subfolders included")
    .option(
      "--labels <file>",
      'which class each shows: {"name.jpg": "cat"}, or lines of a name and a label or index, also CSV; without it, ' +
        "the class that the model predicts is explained",
    )
    .option("--boxes <file>", 'where the objects are: {"name.jpg": [{"label": "cat", "box": [left, top, right, bottom]}]}')
    .option(
      "--voc <folder>",
      "in place of --boxes: a folder in the layout of Pascal VOC, or of ImageNet's boxes; its images are in JPEGImages, " +
        "or where --images says",
    )
    .option(
      "--classes <file>",
      'what the model calls the classes of labels and boxes: {"aeroplane": "airliner", "person": null}; those that are ' +
        "null are left out",
    )
    .addOption(
      new Option("--limit <n>", "at most this many images, spread evenly over the folder")
        .argParser(integerOption("limit", 1))
        .default(Infinity, "all"),
    )
    .option("--models <ids>", "models by id, with commas between them; default: the default model")
    .option(
      "--methods <names>",
      "all, table-1 (the paper's), controls, ablations (of ViT-CX, the paper's Table 2), or names with options, as vit-cx:noise-draws=4 or rise:num-masks=1000",
      "all,controls",
    )
    .option(
      "--metrics <names>",
      `as those of vitcx explain, with options, as deletion:steps=56; default: ${defaultMetricsHelp()}`,
    )
    .option("--out <folder>", "where the results go; an evaluation that is there already is resumed", "evaluation")
    .option(
      "--rows <name>",
      "also keep each row in the store, of VITCX_BUCKET or VITCX_DATA, as an object under evaluations/<name>: another machine that names it resumes the evaluation",
    )
    .option("--pictures <n>", "how many images, spread evenly, report.html shows", integerOption("pictures", 0), 20)
    .option(
      "--submit <url>",
      "send the work to a running service, at the address of its API: http://127.0.0.1:4000/graphql; its key, if it " +
        "wants one, from VITCX_API_KEY",
    )
    .option(
      "--concurrency <n>",
      "how many explanations are queued or run there at a time",
      integerOption("concurrency", 1, 1000),
      8,
    )
    .action(async (flags: EvaluateFlags) => (await import("./evaluate/run.ts")).evaluateFolder(flags));
}
