import { rm } from "node:fs/promises";
import { join } from "node:path";
import { CodedError } from "../../lib/errors.ts";
import { downloadModel } from "../../lib/vit/catalog/hugging-face-hub.ts";
import { drawnBar } from "../progress-bar.ts";

/**
 * Downloads `hf:owner/name` beside the models, has it added from there, and forgets the download once that is done: one that
 * breaks is resumed.
 */
export async function fromHub<Added>(
  models: string,
  subject: string,
  file: string | undefined,
  add: (folder: string, file: string) => Promise<Added>,
  say: (sentence: string) => void,
): Promise<Added> {
  const repository = subject.slice("hf:".length);
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository) || repository.includes("..")) {
    throw new CodedError("BAD_USER_INPUT", `Expected hf:OWNER/NAME, got "${subject}".`);
  }
  const folder = join(models, ".downloads", ...repository.split("/"));
  const bar = drawnBar("{megabytes} of {all} MB");
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  try {
    const model = await downloadModel(repository, folder, {
      endpoint: process.env["HF_ENDPOINT"],
      token: process.env["HF_TOKEN"],
      file,
      onProgress(done, total) {
        bar.update(done, total, { megabytes: megabytes(done), all: megabytes(total) });
      },
    });
    bar.stop();
    if (model.why !== undefined) say(model.why);
    const added = await add(folder, model.file);
    await rm(folder, { recursive: true });
    return added;
  } finally {
    bar.stop();
  }
}
