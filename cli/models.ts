import type { Command } from "commander";
import type { ModelCommand } from "./models/guarded.ts";
import type { ModelFlags } from "./models/run.ts";

const run = () => import("./models/run.ts");
const guarded = async (name: ModelCommand["name"], subject: string, flags: ModelFlags) =>
  (await import("./models/guarded.ts")).guarded({ name, args: [subject, flags] });
const print = async (text: Promise<string>) => console.log(await text);

export function define(models: Command): void {
  models.description("Adds, inspects, lists, verifies and removes models.");

  withFacts(models.command("add").argument("<source>", "a folder, a .onnx file, or hf:OWNER/NAME of the Hugging Face hub"))
    .summary("copy a model into a folder of models")
    .description("Copies a model into a folder of models. What an option states comes before what the model's files say.")
    .option("--models <folder>", "the folder; default: the first of VITCX_MODELS, or ./models")
    .option("--id <name>", "its name; default: the folder's, the file's or the repository's")
    .option("--title <text>", "a name for people")
    .option("--licence <text>", "its licence")
    .option("--labels <file>", "a JSON list, or a label a line")
    .option("--mean <r,g,b>", "what is subtracted from pixels between 0 and 1; of grey images one number")
    .option("--sd <r,g,b>", "what they are divided by")
    .option("--resize <how>", "stretch, crop:SHORTEST_EDGE or stretch-crop:HxW; default: stretch")
    .option("--interpolation <name>", "nearest, bilinear, bicubic or lanczos; default: bilinear")
    .option(
      "--output <kind>",
      "logits, probabilities, multi-label-logits or multi-label-probabilities (of labels of which several can be true); default: as the graph ends",
    )
    .option("--delta <number>", "the clustering threshold; default: 0.05 for models with stages, else 0.1")
    .action(async (source: string, flags: ModelFlags) => print(guarded("add", source, flags)));

  withFacts(models.command("inspect").argument("<source>", "a folder, or a .onnx file"))
    .summary("show the blocks of a model, and which embeddings are used")
    .description("Shows input, output and blocks of a model, and which embeddings are used.")
    .option("--json", "print JSON")
    .action(async (source: string, flags: ModelFlags) => print(guarded("inspect", source, flags)));

  models
    .command("list")
    .summary("list the models")
    .description("Lists the models of VITCX_MODELS, or of ./models and vitcx's own.")
    .option("--json", "print JSON")
    .action(async (flags: ModelFlags) => print((await run()).list(flags)));

  models
    .command("verify")
    .summary("check a model's probe on an image")
    .description(
      "Explains an image by a model, and checks the model's probe against the model itself; ends with 1 if they differ.",
    )
    .argument("<id>", "the model")
    .option("--image <photo>", "a JPEG, PNG, WebP or AVIF file; default: one of vitcx's own")
    .option("--json", "print JSON")
    .action(async (id: string, flags: ModelFlags) => print(guarded("verify", id, flags)));

  models
    .command("remove")
    .summary("delete a model")
    .description("Deletes a model's folder.")
    .argument("<id>", "the model")
    .action(async (id: string) => print((await run()).remove(id)));
}

/** What is stated of a graph, where it is not to be found in it. */
function withFacts(command: Command): Command {
  return command
    .option(
      "--file <path>",
      "the ONNX file in the folder or repository; default: onnx/model.onnx, or the only one; of the hub float32, then float16, then quantised",
    )
    .option("--size <n|HxW>", "the size of the input in pixels")
    .option("--layout <order>", "nchw or nhwc, the order of the input's axes; default: as the graph says")
    .option("--channels <which>", "rgb, bgr or gray; default: rgb, or gray for one channel")
    .option(
      "--range <which>",
      "what the graph takes: normalised pixels, or 0-1 or 0-255 where it normalises by itself; default: normalised, or 0-255 for whole numbers",
    )
    .option("--embedding <tensor>", "the tensor that holds the patch embeddings")
    .option("--grid <HxW>", "its patches")
    .option("--prefix-tokens <n>", "tokens before the patches");
}
