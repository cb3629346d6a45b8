import type { Logger } from "pino";
import type { InstalledModel } from "../lib/vit/catalog/catalog.ts";
import type { Classifier } from "../lib/classifier/classifier.ts";
import { openClassifier } from "../lib/vit/runtime/onnx-classifier.ts";
import { openModels } from "../lib/vit/runtime/open-models.ts";
import type { Config } from "./config.ts";

/** Variants a pass on a GPU, which a few images do not keep busy; not measured. */
const GPU_BATCH_SIZE = 32;

/**
 * Opens classifiers: one session a model, made when it is first asked for and kept within VITCX_MODEL_MEMORY_MB. Where the first
 * execution provider cannot be used (no GPU, no driver), says so and goes on with those after it.
 */
export function classifiers(config: Config, log: Logger): (model: InstalledModel) => Promise<Classifier> {
  async function open(model: InstalledModel, executionProviders: readonly string[]): Promise<Classifier & AsyncDisposable> {
    try {
      const batchSize = config.VITCX_BATCH_SIZE ?? (executionProviders[0] === "cpu" ? undefined : GPU_BATCH_SIZE);
      const options = { threads: config.VITCX_THREADS, executionProviders, ...(batchSize && { batchSize }) };
      const classifier = await openClassifier(model, options);
      log.info({ model: model.manifest.id, executionProviders, batchSize: classifier.batchSize }, "model opened");
      return classifier;
    } catch (error) {
      const [first, ...others] = executionProviders;
      if (others.length === 0) throw error;
      log.warn(
        { err: error, model: model.manifest.id },
        `the execution provider ${first} cannot be used; trying ${others.join(", ")}`,
      );
      return open(model, others);
    }
  }

  return openModels({
    budgetBytes: config.VITCX_MODEL_MEMORY_MB * 1e6,
    open: (model) => open(model, config.VITCX_EXECUTION_PROVIDERS),
  });
}
