import { parseArgs } from "node:util";
import { numberOrAll, wholeNumber } from "../evaluate/number.ts";

export const usage = `npm run sanity-check -- --images DIR [options]

explains every image as the model's weights are randomised from the head to the patch embedding, and compares each map with the
one of before: a method whose maps stay as they were does not tell what the model has learned.

  --images DIR           the images, subfolders included
  --labels FILE          which class each shows, as for \`npm run evaluate\`; without it, what the model sees in each
  --limit N              so many images, spread evenly over the folder; default: all
  --models A,B           their ids; default: the default model
  --methods A,B          names with options, as vit-cx:noise-draws=4; default: vit-cx,rise:count=500,centre-gaussian
  --seed N               of the weights; default: 0
  --seeds N              shuffles them so many times, by this seed and those after it; default: 1
  --out DIR              where the results go; one that is there already is gone on with; default: sanity-check`;

/** The first number that is no seed of the methods and the models here. */
const END = 2 ** 31;

/** What the command line asks for. Throws BAD_USER_INPUT, and what `parseArgs` throws. */
export function readArguments(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      images: { type: "string" },
      labels: { type: "string" },
      limit: { type: "string", default: "Infinity" },
      models: { type: "string" },
      methods: { type: "string", default: "vit-cx,rise:count=500,centre-gaussian" },
      seed: { type: "string", default: "0" },
      seeds: { type: "string", default: "1" },
      out: { type: "string", default: "sanity-check" },
      help: { type: "boolean", default: false },
    },
  });
  const limit = numberOrAll("limit", values.limit, 1);
  const seed = wholeNumber("seed", values.seed, `an integer from 0 to ${END - 1}`, 0, END - 1);
  const count = wholeNumber("seeds", values.seeds, "an integer from 1 to 100", 1, Math.min(100, END - seed));
  return { ...values, limit, seeds: Array.from({ length: count }, (_, i) => seed + i) };
}
