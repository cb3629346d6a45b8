import { sfc32, uniform } from "../tensor/random.ts";
import { control } from "./control.ts";
import type { Method } from "./method.ts";

/** A control: every pixel its own draw from (0, 1), a pure function of the seed, an integer 0 … 2^32 − 1. */
export function randomMap({ seed }: { readonly seed: number }): Method {
  return control(({ height, width }) => {
    const state = sfc32(seed, 0);
    return { shape: [height, width], data: Float64Array.from({ length: height * width }, () => uniform(state)) };
  });
}
