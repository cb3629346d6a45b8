import { z } from "zod";
import { sfc32, uniform } from "../tensor/random.ts";
import { CONTROL_COST, controlTensors, explainControl, mapOfPixels } from "./control.ts";
import { defineMethod } from "./method.ts";
import { seed } from "../options/seed.ts";

/** A control: every pixel is its own draw from (0, 1), a pure function of the seed. */
export const randomMap = defineMethod({
  name: "RANDOM",
  title: "Random map",
  kind: "control",
  citation: "",
  description: "A control that knows nothing: every pixel is its own random number.",
  reading: "A control: it knows nothing of the model. Each pixel is its own random number, whatever the class.",
  activity: "drawing random numbers",
  unit: "masks",
  options: z.object({ seed }),
  needs: "probabilities",
  everyClass: true,
  tensors: controlTensors,
  cost: () => CONTROL_COST,
  explain: explainControl,
  saliencyOf(_, extent, options) {
    const state = sfc32(options.seed, 0);
    return mapOfPixels(extent, () => uniform(state));
  },
});
