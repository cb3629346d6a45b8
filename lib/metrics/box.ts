import type { Extent } from "../tensor/tensor.ts";

/** A box in pixels of the saliency map, from the left and the top edge; `right` and `bottom` lie outside it. May be fractions. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** How large a pixel of the map is, in pixels of the image. */
export interface PixelSize {
  readonly width: number;
  readonly height: number;
}

/** Of H × W pixels, 1 for each whose centre lies in one of the boxes. */
export function pixelsIn(boxes: readonly Box[], { height, width }: Extent): Uint8Array {
  const inside = new Uint8Array(height * width);
  for (const { left, top, right, bottom } of boxes) {
    for (let y = first(top); y < Math.min(height, first(bottom)); y++) {
      inside.fill(1, y * width + first(left), y * width + Math.max(first(left), Math.min(width, first(right))));
    }
  }
  return inside;
}

/** The first pixel whose centre does not lie before an edge. */
function first(edge: number): number {
  return Math.max(0, Math.ceil(edge - 0.5));
}

/** |A ∩ B| / |A ∪ B|, 0 … 1. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const across = Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left));
  const down = Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
  const shared = across * down;
  const area = ({ left, top, right, bottom }: Box) => (right - left) * (bottom - top);
  return shared / (area(a) + area(b) - shared);
}
