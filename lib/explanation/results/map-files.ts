import { drawHeatmap } from "../../image/heatmap.ts";
import { drawOverlay } from "../../image/overlay.ts";
import { type Preprocessing, visibleRegion } from "../../image/preprocess.ts";
import { thumbnail } from "../../image/thumbnail.ts";
import { colourise, contrasted, strengthOf } from "../../saliency-map/colours.ts";
import { normaliseMap, normaliseSigned } from "../../saliency-map/normalise.ts";
import { encodeNpy } from "../../tensor/npy.ts";
import type { Extent, Tensor } from "../../tensor/tensor.ts";
import type { ResultFile } from "./evidence-files.ts";
import { bindMethod, isSigned } from "../../methods/bind.ts";
import type { ClassEvidence } from "../../methods/method.ts";
import type { MethodConfig } from "../../methods/registry.ts";
import type { ImageFacts } from "../request/request.ts";

/** The files of one class's map: its numbers, its colours alone, and its colours over the picture. */
export const mapFileNames = ["saliency-map.npy", "heatmap.png", "overlay.png"] as const;

export type MapFileName = (typeof mapFileNames)[number];

/** The overlay of the explained class once more, small enough for a list of many. */
export const thumbnailName = "thumbnail.jpeg";

/** Its longer side, in pixels. */
const THUMBNAIL = 160;

/** What a map is drawn over. */
export interface DrawnOver {
  readonly picture: Uint8Array;
  readonly image: Pick<ImageFacts, "width" | "height">;
  readonly input: Preprocessing;
}

/** The map of one class, normalised to [0, 1], float32 [H, W]; one with a sign has 0 in the middle. */
export function showableMap(config: MethodConfig, evidence: ClassEvidence, extent: Extent): Tensor {
  return shownAs(config, bindMethod(config).saliencyOf(evidence, extent));
}

/** A saliency map as it is shown and kept. */
export function shownAs(config: MethodConfig, saliency: Tensor<Float64Array>): Tensor {
  return isSigned(config) ? normaliseSigned(saliency) : normaliseMap(saliency);
}

/** All files of the explained class's map. */
export async function drawMapFiles(config: MethodConfig, map: Tensor, over: DrawnOver): Promise<readonly ResultFile[]> {
  const files = await Promise.all(
    mapFileNames.map(async (name) => ({ name, bytes: await drawMapFile(config, name, map, async () => over) })),
  );
  const overlay = files[mapFileNames.indexOf("overlay.png")]!;
  return [...files, { name: thumbnailName, bytes: await thumbnail(overlay.bytes, THUMBNAIL) }];
}

/** The bytes of one of the files; `over` is asked for by the one that needs a picture. */
export async function drawMapFile(
  config: MethodConfig,
  name: MapFileName,
  map: Tensor,
  over: () => Promise<DrawnOver>,
): Promise<Uint8Array> {
  const colours = isSigned(config) ? "diverging" : "turbo";
  const colouring = (values: ArrayLike<number>) => colourise(values, colours);
  const drawn = () => ({ ...map, data: contrasted(map.data, colours) });
  switch (name) {
    case "saliency-map.npy":
      return encodeNpy(map);
    case "heatmap.png":
      return drawHeatmap(drawn(), colouring);
    case "overlay.png": {
      const { picture, image, input } = await over();
      const region = visibleRegion(image.width, image.height, input);
      return drawOverlay(picture, region, drawn(), colouring, { strength: (value) => strengthOf(value, colours) });
    }
  }
}
