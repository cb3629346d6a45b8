import type { Region } from "../../image/picture.ts";
import { visibleRegion } from "../../image/preprocess.ts";
import type { Explanation } from "../log/fold.ts";

/** The part of the image that the model saw, and that a map covers: all of it, or the centre where the model crops. */
export function visiblePart({ request: { image, model } }: Explanation): Region {
  return visibleRegion(image.width, image.height, model.input);
}
