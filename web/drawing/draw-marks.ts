import type { SidesFragment } from "../api/operations.ts";
import { isCropped } from "../explanation/picture/frame.tsx";
import type { Explanation } from "../explanation/use-explanation.ts";

/** Width of a line, as a share of the picture's longer side. */
const LINE = 0.0035;

/** The boxes, and the edge of what the model saw, as the page shows them: light upon dark, so that they are seen on any picture. */
export function drawMarks(
  context: OffscreenCanvasRenderingContext2D,
  image: Explanation["image"],
  boxes: readonly SidesFragment[],
  found: SidesFragment | undefined,
  scale: number,
): void {
  const line = LINE * scale * Math.max(image.width, image.height);
  const { left, top, width, height } = image.seen;
  const mark = ({ left, top, right, bottom }: SidesFragment, colour: string, dashes: readonly number[]) => {
    const rectangle = [left, top, right - left, bottom - top].map((length) => length * scale) as [number, number, number, number];
    stroke(context, rectangle, "rgb(0 0 0 / 65%)", 2 * line, []);
    stroke(context, rectangle, colour, line, dashes);
  };
  const dashed = [3.5 * line, 2.5 * line];
  if (isCropped(image)) mark({ left, top, right: left + width, bottom: top + height }, "#fff", dashed);
  for (const box of boxes) mark(box, "#fff", []);
  if (found && boxes.length > 0) mark(found, "#ffd84d", dashed);
}

function stroke(
  context: OffscreenCanvasRenderingContext2D,
  rectangle: readonly [number, number, number, number],
  colour: string,
  width: number,
  dashes: readonly number[],
): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash([...dashes]);
  context.strokeRect(...rectangle);
}
