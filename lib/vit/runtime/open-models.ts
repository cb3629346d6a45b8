import { stat } from "node:fs/promises";
import { join } from "node:path";
import pLimit from "p-limit";
import type { InstalledModel } from "../catalog/catalog.ts";
import type { Classifier } from "../../classifier/classifier.ts";

/** An open model holds its weights as the file has them and as the kernels want them. */
const COPIES = 2;

export interface OpenModelsOptions {
  /** How much memory the open models may take together, in bytes; the one asked for last stays whatever it takes. */
  readonly budgetBytes: number;
  readonly open: (model: InstalledModel) => Promise<Classifier & AsyncDisposable>;
}

/**
 * Opens models when they are first asked for, and keeps them: one session a model. Where they would take more memory than the
 * budget, those asked for least recently are released first. A model must not be in use any more when another is asked for.
 */
export function openModels({ budgetBytes, open }: OpenModelsOptions): (model: InstalledModel) => Promise<Classifier> {
  // A map keeps the order in which models were asked for last.
  const opened = new Map<InstalledModel, { bytes: number; classifier: Promise<Classifier & AsyncDisposable> }>();
  const limit = pLimit(1);

  async function ask(model: InstalledModel): Promise<Classifier> {
    const known = opened.get(model);
    opened.delete(model);
    const entry = known ?? (await openWithin(model));
    opened.set(model, entry);
    try {
      return await entry.classifier;
    } catch (error) {
      opened.delete(model);
      throw error;
    }
  }

  async function openWithin(model: InstalledModel) {
    const bytes = COPIES * (await weightBytes(model));
    for (const [other, { classifier }] of opened) {
      if (sum() + bytes <= budgetBytes) break;
      opened.delete(other);
      await (await classifier)[Symbol.asyncDispose]();
    }
    return { bytes, classifier: open(model) };
  }

  const sum = () => [...opened.values()].reduce((total, { bytes }) => total + bytes, 0);

  return (model) => limit(() => ask(model));
}

/** Nothing where the files are not there, which opening the model then says. */
async function weightBytes({ folder, manifest: { file, data } }: InstalledModel): Promise<number> {
  const files = [file, ...(data ?? []).map((each) => each.file)];
  const sizes = await Promise.all(
    files.map((each) =>
      stat(join(folder, each)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((total, size) => total + size, 0);
}
