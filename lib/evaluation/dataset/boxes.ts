import { keysNeeding } from "../../explanation/request/metrics.ts";
import { inspectImage } from "../../image/decode.ts";
import { type Preprocessing, visibleRegion } from "../../image/preprocess.ts";
import type { Box } from "../../metrics/box.ts";

type Metrics = Readonly<Record<string, unknown>>;

/** Whether any of these metrics needs boxes. */
export function needsBoxes(metrics: Metrics): boolean {
  return keysNeeding("boxes").some((name) => name in metrics);
}

/** The metrics asked about these boxes; where there are none, without those that need some. */
export function withBoxes(metrics: Metrics, boxes: readonly Box[]): Metrics {
  const ofBoxes: readonly string[] = keysNeeding("boxes");
  const others = Object.entries(metrics).filter(([name]) => name !== "boxes" && (boxes.length > 0 || !ofBoxes.includes(name)));
  return { ...Object.fromEntries(others), ...(boxes.length > 0 && needsBoxes(metrics) && { boxes }) };
}

/** And back. */
export function boxesIn(metrics: Metrics): readonly Box[] {
  return (metrics["boxes"] as readonly Box[] | undefined) ?? [];
}

/**
 * The boxes as far as they lie in the image, without those of which a model sees nothing: annotations reach over the edge by a pixel
 * now and then, and a model that crops sees the centre alone. Of a model elsewhere only the size is known, and it may refuse more.
 * Throws what is wrong with the image.
 */
export async function boxesSeen(
  image: Uint8Array,
  boxes: readonly Box[],
  input: Partial<Preprocessing>,
): Promise<readonly Box[]> {
  const { width, height } = await inspectImage(image);
  const seen = isKnown(input) ? visibleRegion(width, height, input) : { left: 0, top: 0, width, height };
  const within = boxes.map((box) => ({
    left: Math.max(0, box.left),
    top: Math.max(0, box.top),
    right: Math.min(width, box.right),
    bottom: Math.min(height, box.bottom),
  }));
  return within.filter(({ left, top, right, bottom }) => {
    const across = Math.min(right, seen.left + seen.width) - Math.max(left, seen.left);
    const down = Math.min(bottom, seen.top + seen.height) - Math.max(top, seen.top);
    return across > 0 && down > 0;
  });
}

/** A box as a refusal names it. */
export function boxText({ left, top, right, bottom }: Box): string {
  return `left ${left}, top ${top}, right ${right}, bottom ${bottom}`;
}

function isKnown(input: Partial<Preprocessing>): input is Preprocessing {
  return input.resize !== undefined;
}
