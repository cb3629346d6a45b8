import { parseArgs } from "node:util";
import { CodedError } from "../lib/errors.ts";

export const usage = `npm run sanity-check -- --images DIR [options]

explains every image as the model's weights are randomised from the head to the patch embedding, and compares each map with the
one of before: a method whose maps stay as they were does not tell what the model has learned.

  --images DIR           the images, subfolders included
  --limit N              so many images, spread evenly over the folder; default: all
  --models A,B           their ids; default: the default model
  --methods A,B          names with options, as vit-cx:noise-draws=4; default: vit-cx,rise:count=500,centre-gaussian
  --seed N               of the weights; default: 0
  --out DIR              where the results go; default: sanity-check`;

/** What the command line asks for. Throws BAD_USER_INPUT, and what `parseArgs` throws. */
export function readArguments(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      images: { type: "string" },
      limit: { type: "string", default: "Infinity" },
      models: { type: "string" },
      methods: { type: "string", default: "vit-cx,rise:count=500,centre-gaussian" },
      seed: { type: "string", default: "0" },
      out: { type: "string", default: "sanity-check" },
      help: { type: "boolean", default: false },
    },
  });
  const [limit, seed] = [Number(values.limit), Number(values.seed)];
  if (!(limit === Infinity || (Number.isInteger(limit) && limit >= 1))) {
    throw new CodedError("BAD_USER_INPUT", `Expected --limit to be an integer, at least 1, got ${values.limit}.`);
  }
  if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31)) {
    throw new CodedError("BAD_USER_INPUT", `Expected --seed to be an integer from 0 to 2147483647, got ${values.seed}.`);
  }
  return { ...values, limit, seed };
}
