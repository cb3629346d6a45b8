import type { SidesFragment } from "../api/operations.ts";

/** A box as the form holds it: pixels of the photograph, upright, as text. */
export type BoxText = Readonly<Record<Side, string>>;

export type Side = keyof SidesFragment;

export const sides = ["left", "top", "right", "bottom"] as const satisfies readonly Side[];

/** A place on the photograph, in shares of its width and height. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** The box between two places, in whole pixels, within the photograph. */
export function boxBetween(a: Place, b: Place, width: number, height: number): BoxText {
  const within = (share: number, length: number) => Math.round(Math.min(1, Math.max(0, share)) * length);
  return boxText({
    left: within(Math.min(a.x, b.x), width),
    top: within(Math.min(a.y, b.y), height),
    right: within(Math.max(a.x, b.x), width),
    bottom: within(Math.max(a.y, b.y), height),
  });
}

/** Whether it is more than a slip of the hand: at least a hundredth of the photograph's longer side, both ways. */
export function isDrawn(box: BoxText, width: number, height: number): boolean {
  const { left, top, right, bottom } = sidesOf(box);
  return Math.min(right - left, bottom - top) >= Math.max(width, height) / 100;
}

export function boxText(box: SidesFragment): BoxText {
  return { left: shown(box.left), top: shown(box.top), right: shown(box.right), bottom: shown(box.bottom) };
}

/** NaN where the text is not a number. */
export function sidesOf(box: BoxText): SidesFragment {
  return { left: numberOf(box.left), top: numberOf(box.top), right: numberOf(box.right), bottom: numberOf(box.bottom) };
}

/** What is typed, with a point or a comma. */
export function numberOf(text: string): number {
  return text.trim() === "" ? NaN : Number(text.trim().replace(",", ".").replace("−", "-"));
}

/** To a tenth of a pixel. */
function shown(value: number): string {
  return String(Math.round(value * 10) / 10);
}
