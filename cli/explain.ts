import { type Command, Option } from "commander";
import { metricsHelp } from "../lib/explanation/request/metrics-help.ts";
import { methodFlags, methodList } from "./explain/options.ts";
import type { ExplainFlags } from "./explain/run.ts";
import { numberOption } from "./number.ts";

/** How a method is written with options. */
const EXAMPLE = "vit-cx:noise-draws=4:corrected=false or rise:num-masks=1000";

export function define(command: Command): void {
  command
    .description(
      "Explains images in this process, and writes the saliency map and its evidence into a folder, with a subfolder for each image " +
        "where several can be named.",
    )
    .argument(
      "<photos...>",
      "JPEG, PNG, WebP or AVIF files; quoted globs, folders with their subfolders, or - for standard input",
    )
    .option("--model <id>", "which model; default: emoji-vit, or the first there is")
    .option("--models <folders>", "folders of models, with : between them; default: VITCX_MODELS, or ./models and vitcx's own")
    .option("--method <name>", `one of those below, with options behind colons or as --options, as ${EXAMPLE}`, "vit-cx")
    .option("--target <label|index>", "the class to explain; default: the most probable one")
    .option("--metrics <names>", metricsHelp())
    .option(
      "--box <l,t,r,b>",
      "where the object is, in pixels of the photo: left, top, right, bottom; may be repeated",
      (box: string, boxes?: readonly string[]) => [...(boxes ?? []), box],
    )
    .option("--out <folder>", "where the files go", "explanation")
    .option("--no-out", "write no files")
    .addOption(new Option("--json", "print a JSON object for each image, one a line"))
    .addOption(new Option("--csv", "print a line of comma-separated values for each image").conflicts("json"))
    .option("--grey", "also write the map in grey, as PNG of 8 and of 16 bits")
    .option("--npz", "also write map, masks, scores and explanation.json as one file that numpy.load opens")
    .addOption(
      new Option("--boxes-out <format>", "also write the box around the largest salient region").choices(["coco", "voc"]),
    )
    .addOption(
      new Option("--box-threshold <number>", "of the map from 0 to 1: the least value that is salient")
        .argParser(numberOption("box-threshold", 0.01, 1))
        .default(0.5),
    )
    .addHelpText("after", ({ command }) => methodsHelp(command))
    .action(async (photos: readonly string[], flags: ExplainFlags) => (await import("./explain/run.ts")).explain(photos, flags));
  for (const option of methodFlags()) command.addOption(option);
}

/** Each method, and what it does. */
function methodsHelp(command: Command): string {
  const help = command.createHelp();
  help.prepareContext({ helpWidth: process.stdout.columns ?? 80 });
  const methods = methodList();
  const width = Math.max(...methods.map(([name]) => name.length));
  return ["", "Methods:", ...methods.map(([name, text]) => help.formatItem(name, width, text, help))].join("\n");
}
