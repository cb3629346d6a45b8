import { centreGaussian } from "../../methods/centre-gaussian.ts";
import type { Method, MethodEvidence } from "../../methods/method.ts";
import { occlusion } from "../../methods/occlusion.ts";
import { randomMap } from "../../methods/random-map.ts";
import { rise } from "../../methods/rise.ts";
import { scoreCam } from "../../methods/score-cam.ts";
import { type Evidence, saliencyOf } from "../../methods/vit-cx/evidence.ts";
import { explain, type ExplainOptions } from "../../methods/vit-cx/explain.ts";
import type { MethodConfig } from "../request/options.ts";

/** What a run of whichever method learned; the evidence of one method means nothing to another. */
export type AnyEvidence = Evidence | MethodEvidence;

/** The method that a request asks for, with its options. */
export function methodOf(config: MethodConfig): Method<AnyEvidence> {
  switch (config.method) {
    case "VIT_CX":
      return vitCx(config.options);
    case "OCCLUSION":
      return occlusion(config.options);
    case "RISE":
      return rise(config.options);
    case "SCORE_CAM":
      return scoreCam();
    case "RANDOM":
      return randomMap(config.options);
    case "CENTRE_GAUSSIAN":
      return centreGaussian();
  }
}

/** Whether it is ViT-CX's: only that has causal impact scores and clusters to tell of. */
export function isOfVitCx(evidence: AnyEvidence): evidence is Evidence {
  return "masked" in evidence;
}

function vitCx(options: ExplainOptions): Method<Evidence> {
  return {
    explain: (classifier, image) => explain(classifier, image, options),
    saliencyOf: (evidence, target, extent) => saliencyOf(evidence, target, extent, options.corrected),
  };
}
