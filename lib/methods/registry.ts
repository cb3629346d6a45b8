import type { z } from "zod";
import { centreGaussian } from "./centre-gaussian.ts";
import { occlusion } from "./occlusion.ts";
import { randomMap } from "./random-map.ts";
import { rise } from "./rise.ts";
import { scoreCam } from "./score-cam.ts";
import { vitCx } from "./vit-cx/vit-cx.ts";

/** Every method, in the order in which it is listed: explanations, then controls. A new one is a line here. */
export const methods = [vitCx, occlusion, rise, scoreCam, randomMap, centreGaussian] as const;

type Registered = (typeof methods)[number];

export type MethodName = Registered["name"];

/** A method and its options, all filled in. */
export type MethodConfig = {
  [Method in Registered as Method["name"]]: {
    readonly method: Method["name"];
    readonly options: Readonly<z.output<Method["options"]>>;
  };
}[MethodName];
