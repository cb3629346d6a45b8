import { parseArgs } from "node:util";
import { defaultMetricsHelp } from "../../lib/explanation/request/metrics-help.ts";
import { inColumn } from "../help-column.ts";
import { numberOrAll, wholeNumber } from "./number.ts";

export const usage = `npm run evaluate -- --images DIR [options]

explains every image of a folder by every method, measures the maps, and compares the methods.

  --images DIR           the images, subfolders included
  --labels FILE          which class each shows: {"name.jpg": "cat"}, or lines of a name and a label or index, also CSV;
                         without it, what the model sees in each is explained
  --boxes FILE           where the objects are: {"name.jpg": [{"label": "cat", "box": [left, top, right, bottom]}]}
  --voc DIR              in place of --boxes: a folder in the layout of Pascal VOC, or of ImageNet's boxes; its images
                         are in JPEGImages, or where --images says
  --classes FILE         what the model calls the classes of labels and boxes: {"aeroplane": "airliner", "person": null};
                         those that are null are left out
  --limit N              so many images, spread evenly over the folder; default: all
  --models A,B           their ids; default: the default model
  --methods A,B          all, ablations (of ViT-CX, the paper's Table 2), or names with options, as vit-cx:noise-draws=4 or
                         rise:count=1000; default: all
  --metrics A,B          ${inColumn(`as those of \`npm run explain\`, with options, as deletion:steps=56; default: ${defaultMetricsHelp()}`)}
  --out DIR              where the results go; one that is there already is gone on with; default: evaluation
  --pictures N           so many images, spread evenly, are shown in report.html; default: 20
  --submit URL           has a running service explain, at this address of its API: http://127.0.0.1:4000/graphql;
                         its key, if it wants one, from VITCX_API_KEY
  --concurrency N        how many explanations wait or run there at a time; default: 8`;

/** What the command line asks for. Throws BAD_USER_INPUT, and what `parseArgs` throws. */
export function readArguments(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      images: { type: "string" },
      labels: { type: "string" },
      boxes: { type: "string" },
      voc: { type: "string" },
      classes: { type: "string" },
      limit: { type: "string", default: "Infinity" },
      models: { type: "string" },
      methods: { type: "string", default: "all" },
      metrics: { type: "string" },
      out: { type: "string", default: "evaluation" },
      pictures: { type: "string", default: "20" },
      submit: { type: "string" },
      concurrency: { type: "string", default: "8" },
      help: { type: "boolean", default: false },
    },
  });
  return {
    ...values,
    limit: numberOrAll("limit", values.limit, 1),
    pictures: numberOrAll("pictures", values.pictures, 0),
    concurrency: wholeNumber("concurrency", values.concurrency, "an integer from 1 to 1000", 1, 1000),
  };
}

export type Arguments = ReturnType<typeof readArguments>;
