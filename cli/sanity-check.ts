import { type Command, Option } from "commander";
import { integerOption } from "./number.ts";
import type { SanityCheckFlags } from "./sanity-check/run.ts";

/** The first number that is no seed of the methods and the models. */
const END = 2 ** 31;

export function define(command: Command): void {
  command
    .description(
      "Explains every image as the model's weights are randomised from the head to the patch embedding, and compares each map " +
        "with the one before: a method whose maps stay the same does not depend on what the model has learned.",
    )
    .requiredOption("--images <folder>", "the images, subfolders included")
    .option(
      "--labels <file>",
      "which class each shows, as for vitcx evaluate; without it, the class that the model predicts is explained",
    )
    .addOption(
      new Option("--limit <n>", "at most this many images, spread evenly over the folder")
        .argParser(integerOption("limit", 1))
        .default(Infinity, "all"),
    )
    .option("--models <ids>", "models by id, with commas between them; default: the default model")
    .option("--methods <names>", "names with options, as vit-cx:noise-draws=4", "vit-cx,rise:num-masks=500,centre-gaussian")
    .option("--seed <n>", "of the weights", integerOption("seed", 0, END - 1), 0)
    .option("--seeds <n>", "repeat with this many seeds: --seed and those after it", integerOption("seeds", 1, 100), 1)
    .option("--out <folder>", "where the results go; a check that is there already is resumed", "sanity-check")
    .action(async ({ seed, seeds: count, ...flags }: SanityCheckFlags & { readonly seed: number; readonly seeds: number }) => {
      integerOption("seeds", 1, END - seed)(String(count));
      const seeds = Array.from({ length: count }, (_, i) => seed + i);
      await (await import("./sanity-check/run.ts")).checkSanity({ ...flags, seeds });
    });
}
