import { explainAlone } from "../explanation/explain-alone.ts";
import type { Explanation } from "../explanation/fold.ts";
import { measurementsOf } from "../explanation/measurements.ts";
import { progressOf } from "../explanation/progress.ts";
import { timingsOf } from "../explanation/summary.ts";
import type { Catalog, InstalledModel } from "../vit/catalog.ts";
import type { Classifier } from "../vit/classifier.ts";
import type { Explainer } from "./ask.ts";

/** Explains in this process, one image at a time with all of its cores. */
export function explainerHere(catalog: Catalog, openClassifier: (model: InstalledModel) => Promise<Classifier>): Explainer {
  const ids = [catalog.default, ...catalog.models].map(({ manifest }) => manifest.id);
  return {
    models: [...new Set(ids)],
    concurrency: 1,
    async ask({ image, model, target, spec: { method, options }, metrics }) {
      const steps = explainAlone(catalog, openClassifier, { owner: "local", image, model, target, method, options, metrics });
      let explanation: Explanation | undefined;
      let step = await steps.next();
      for (; !step.done; step = await steps.next()) explanation = step.value;
      const overlay = step.value.find(({ name }) => name === "overlay.png")!;
      return {
        id: explanation!.id,
        target: explanation!.latest.CLASSIFIED!.target,
        masks: progressOf(explanation!).total ?? 0,
        seconds: (timingsOf(explanation!).total ?? 0) / 1000,
        measured: measurementsOf(explanation!),
        picture: async () => overlay.bytes,
      };
    },
  };
}
