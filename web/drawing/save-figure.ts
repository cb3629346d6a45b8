import { sizesOf } from "../../lib/tensor/tensor.ts";
import { areSideBySide, isVeiled, type Panel } from "../explanation/picture/view-settings.ts";
import type { Explanation } from "../explanation/use-explanation.ts";
import type { SidesFragment } from "../api/operations.ts";
import { drawMarks } from "./draw-marks.ts";
import { pixelsOf, veilColour } from "./pixels.ts";

/** What the page shows: its pictures together, and the boxes upon each. */
export interface Figure {
  readonly image: Explanation["image"];
  readonly panels: readonly Panel[];
  readonly boxes: readonly SidesFragment[];
  /** The map's own box; drawn where there are others. */
  readonly found: SidesFragment | undefined;
  readonly dark: boolean;
}

/** The longer side of a picture in the file, in pixels: what every browser can draw, and enough to print. */
const SMALLEST = 1024;
const LARGEST = 4096;

/** Between two pictures, as a share of the longer side. */
const GAP = 0.02;

/** Lets the user save the figure, as it is shown, as a PNG. Throws where the browser cannot draw it, or the photograph is not there. */
export async function saveFigure(figure: Figure, name: string): Promise<void> {
  const { image, panels, dark } = figure;
  const picture = new Image();
  picture.src = image.url;
  await picture.decode();
  const longer = Math.max(image.width, image.height);
  const scale = Math.min(LARGEST, Math.max(SMALLEST, longer)) / longer;
  const [width, height] = [Math.round(image.width * scale), Math.round(image.height * scale)];
  const gap = Math.round(GAP * Math.max(width, height));
  const step = areSideBySide(panels, image.width / image.height) ? { x: width + gap, y: 0 } : { x: 0, y: height + gap };
  const others = panels.length - 1;
  const canvas = new OffscreenCanvas(width + others * step.x, height + others * step.y);
  const context = canvas.getContext("2d")!;
  context.fillStyle = veilColour(dark);
  context.fillRect(0, 0, canvas.width, canvas.height);
  for (const [i, panel] of panels.entries()) {
    context.setTransform(1, 0, 0, 1, i * step.x, i * step.y);
    drawPanel(context, panel, figure, picture, width, height);
  }
  save(await canvas.convertToBlob({ type: "image/png" }), name);
}

function drawPanel(
  context: OffscreenCanvasRenderingContext2D,
  panel: Panel,
  { image, boxes, found, dark }: Figure,
  picture: HTMLImageElement,
  width: number,
  height: number,
): void {
  const scale = width / image.width;
  const { left, top, ...seen } = image.seen;
  const place = [left * scale, top * scale, seen.width * scale, seen.height * scale] as const;
  context.imageSmoothingQuality = "high";
  if (panel.layer?.look.kind === "overlay") context.filter = "saturate(0.25)";
  if (panel.photograph) context.drawImage(picture, 0, 0, width, height);
  context.filter = "none";
  if (isVeiled(panel)) veilOutside(context, place, width, height, dark);
  if (panel.layer) {
    context.globalAlpha = panel.layer.opacity;
    context.drawImage(drawn(panel.layer), ...place);
    context.globalAlpha = 1;
  }
  drawMarks(context, image, boxes, found, scale);
}

/** As the style sheet has it. */
const VEIL = 0.9;

function veilOutside(
  context: OffscreenCanvasRenderingContext2D,
  place: readonly [number, number, number, number],
  width: number,
  height: number,
  dark: boolean,
): void {
  const outside = new Path2D();
  outside.rect(0, 0, width, height);
  outside.rect(...place);
  context.save();
  context.clip(outside, "evenodd");
  context.globalAlpha = VEIL;
  context.fillStyle = veilColour(dark);
  context.fillRect(0, 0, width, height);
  context.restore();
}

function drawn({ map, look }: NonNullable<Panel["layer"]>): OffscreenCanvas {
  const [height, width] = sizesOf(map, 2);
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")!.putImageData(new ImageData(pixelsOf(map.data, look), width, height), 0, 0);
  return canvas;
}

function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
