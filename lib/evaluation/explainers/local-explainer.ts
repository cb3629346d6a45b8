import { drain } from "../../steps/steps.ts";
import { CodedError } from "../../errors.ts";
import { explainAlone } from "../../explanation/run/explain-alone.ts";
import type { Explanation } from "../../explanation/log/fold.ts";
import { measurementsOf } from "../../explanation/results/measurements.ts";
import { progressOf } from "../../explanation/log/progress.ts";
import { timingsOf } from "../../explanation/results/summary.ts";
import type { Catalog, InstalledModel } from "../../vit/catalog/catalog.ts";
import type { Classifier } from "../../classifier/classifier.ts";
import { type Answer, type Explainer, ExplanationFailed, type ExplanationRequest } from "./explainer.ts";

/** Explains in this process, one image at a time with all of its cores; no longer once `stop` has aborted. */
export function localExplainer(
  catalog: Catalog,
  openClassifier: (model: InstalledModel) => Promise<Classifier>,
  stop: AbortSignal,
): Explainer {
  async function explain({ image, model, target, spec: { method, options }, metrics }: ExplanationRequest): Promise<Answer> {
    const steps = explainAlone(catalog, openClassifier, { owner: "local", image, model, target, method, options, metrics });
    let explanation: Explanation | undefined;
    const files = await drain(steps, (state) => {
      stop.throwIfAborted();
      explanation = state;
    });
    const overlay = files.find(({ name }) => name === "overlay.png")!;
    return {
      id: explanation!.id,
      target: explanation!.latest.CLASSIFIED!.target,
      masks: progressOf(explanation!).total ?? 0,
      seconds: (timingsOf(explanation!).total ?? 0) / 1000,
      measured: measurementsOf(explanation!),
      picture: async () => overlay.bytes,
    };
  }

  return {
    models: [...new Set([catalog.default, ...catalog.models])].map(({ digest, manifest: { id, labels, input } }) => ({
      id,
      digest,
      labels,
      input,
    })),
    concurrency: 1,
    async open(model) {
      await openClassifier(catalog.get(model));
    },
    async ask(request) {
      try {
        return await explain(request);
      } catch (cause) {
        if (cause instanceof CodedError || stop.aborted) throw cause;
        // Ours, but a defect that one image shows must not keep the others from being explained.
        throw new ExplanationFailed("INTERNAL", cause instanceof Error ? cause.message : String(cause), { cause });
      }
    },
  };
}
