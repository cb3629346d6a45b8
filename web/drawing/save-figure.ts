import type { Extent, Tensor } from "../../lib/tensor/tensor.ts";
import { type Look, pixelsOf } from "./pixels.ts";

/** A picture and the map over the part of it that the model saw. */
interface Figure extends Extent {
  readonly url: string;
  readonly seen: Extent & { readonly left: number; readonly top: number };
  readonly map: Tensor;
  readonly look: Look;
  readonly opacity: number;
}

/** Longer side of the file, in pixels, where the picture is smaller. */
const SMALLEST = 1024;

/** Lets the user save the figure, as it is shown, as a PNG. */
export async function saveFigure({ url, width, height, seen, map, look, opacity }: Figure, name: string): Promise<void> {
  const picture = new Image();
  picture.src = url;
  await picture.decode();
  const scale = Math.max(1, SMALLEST / Math.max(width, height));
  const canvas = new OffscreenCanvas(Math.round(width * scale), Math.round(height * scale));
  const context = canvas.getContext("2d")!;
  context.imageSmoothingQuality = "high";
  if (look.kind === "overlay") context.filter = "saturate(0.25)";
  if (look.kind !== "solid") context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  context.filter = "none";
  context.globalAlpha = opacity;
  const place = [seen.left, seen.top, seen.width, seen.height].map((length) => length * scale) as [
    number,
    number,
    number,
    number,
  ];
  context.drawImage(drawn(map, look), ...place);
  save(await canvas.convertToBlob({ type: "image/png" }), name);
}

function drawn({ shape: [height, width], data }: Tensor, look: Look): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")!.putImageData(new ImageData(pixelsOf(data, look), width, height), 0, 0);
  return canvas;
}

function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
