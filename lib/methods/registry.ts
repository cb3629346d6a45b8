import type { z } from "zod";
import { cgw1 } from "./attention/cgw1.ts";
import { cgw2 } from "./attention/cgw2.ts";
import { partialLrp } from "./attention/partial-lrp.ts";
import { attentionRollout } from "./attention/rollout.ts";
import { tam } from "./attention/tam.ts";
import { attnLrp } from "./gradients/attn-lrp.ts";
import { gradCam } from "./gradients/grad-cam.ts";
import { gradient } from "./gradients/gradient.ts";
import { integratedGradients } from "./gradients/integrated-gradients.ts";
import { smoothGrad } from "./gradients/smooth-grad.ts";
import { centreGaussian } from "./centre-gaussian.ts";
import { occlusion } from "./occlusion.ts";
import { randomMap } from "./random-map.ts";
import { rise } from "./rise.ts";
import { scoreCam } from "./score-cam.ts";
import { vitCx } from "./vit-cx/vit-cx.ts";

/** Every method, in the order in which it is listed: explanations, then controls. A new one is a line here. */
export const methods = [
  vitCx,
  attentionRollout,
  partialLrp,
  cgw1,
  cgw2,
  tam,
  gradCam,
  integratedGradients,
  smoothGrad,
  scoreCam,
  occlusion,
  rise,
  attnLrp,
  gradient,
  randomMap,
  centreGaussian,
] as const;

type Registered = (typeof methods)[number];

export type MethodName = Registered["name"];

/** A method and its options, all filled in. */
export type MethodConfig = {
  [Method in Registered as Method["name"]]: {
    readonly method: Method["name"];
    readonly options: Readonly<z.output<Method["options"]>>;
  };
}[MethodName];
