import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { sizesOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import type { Explanation } from "../use-explanation.ts";

/** The pixel of a map whose value is read. */
export interface Reading {
  readonly x: number;
  readonly y: number;
  /** Read with the keyboard: a screen reader is told. */
  readonly spoken: boolean;
}

interface Props {
  readonly image: Explanation["image"];
  readonly alt: string;
  /** The photograph itself is left out: the map stands alone. */
  readonly bare?: boolean;
  /** Of the photograph's colours little stays, so that a colour is the map's. */
  readonly faded?: boolean;
  /** What the model did not see is veiled. */
  readonly veiled?: boolean;
  /** What pointing at a place reads. */
  readonly map?: Tensor | undefined;
  readonly onRead?: (reading: Reading | undefined) => void;
  /** Lies over the part of the photograph that the model saw. */
  readonly children?: ComponentChildren;
  /** Lies over all of the photograph. */
  readonly marks?: ComponentChildren;
}

const STEPS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Whether the model saw a part of the photograph alone. */
export function isCropped({ width, height, seen }: Explanation["image"]): boolean {
  return seen.width < width - 0.5 || seen.height < height - 0.5;
}

/** The photograph with a map over it. Pointing at it, or the arrow keys, read the map's value. */
export function Frame({ image, alt, bare, faded, veiled, map, onRead, children, marks }: Props) {
  const [cursor, setCursor] = useState<{ x: number; y: number }>();
  const { seen } = image;
  const [height, width] = map ? sizesOf(map, 2) : [1, 1];

  const read = (x: number, y: number, spoken: boolean) => {
    if (!map || x < 0 || y < 0 || x >= width || y >= height) return onRead?.(undefined);
    onRead?.({ x, y, spoken });
  };
  const point = (event: PointerEvent) => {
    const box = (event.currentTarget as HTMLElement).querySelector(".seen")!.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) / box.width) * width);
    const y = Math.floor(((event.clientY - box.top) / box.height) * height);
    const inside = x >= 0 && y >= 0 && x < width && y < height;
    // A finger covers the place that it reads.
    setCursor(isTouch(event) && inside ? { x, y } : undefined);
    read(x, y, false);
  };
  const step = (event: KeyboardEvent) => {
    const by = STEPS[event.key];
    if (!by || !map) return;
    event.preventDefault();
    const { x, y } = cursor ?? { x: Math.floor(width / 2), y: Math.floor(height / 2) };
    const stride = event.shiftKey ? 1 : 8;
    const place = { x: clamp(x + stride * by[0], width), y: clamp(y + stride * by[1], height) };
    setCursor(place);
    read(place.x, place.y, true);
  };
  const leave = () => (setCursor(undefined), onRead?.(undefined));
  const reading = onRead && {
    role: "application" as const,
    tabIndex: 0,
    "aria-label": `${alt}. The arrow keys read the map's values.`,
    onPointerMove: point,
    onPointerDown: point,
    // A finger that is lifted leaves its reading, to be looked at.
    onPointerLeave: (event: PointerEvent) => isTouch(event) || leave(),
    onKeyDown: step,
    onBlur: leave,
  };
  return (
    <span class={faded ? "frame faded" : "frame"} style={{ "--aspect": image.width / image.height }} {...reading}>
      {bare ? null : <img src={image.url} alt={onRead ? "" : alt} draggable={false} />}
      <span
        class={isCropped(image) ? `seen part ${veiled ? "veiled" : ""}` : "seen"}
        style={{
          left: `${(100 * seen.left) / image.width}%`,
          top: `${(100 * seen.top) / image.height}%`,
          width: `${(100 * seen.width) / image.width}%`,
          height: `${(100 * seen.height) / image.height}%`,
        }}
      >
        {children}
        {cursor && (
          <i
            class="cursor"
            style={{ left: `${(100 * (cursor.x + 0.5)) / width}%`, top: `${(100 * (cursor.y + 0.5)) / height}%` }}
          />
        )}
      </span>
      {marks}
    </span>
  );
}

function isTouch({ pointerType }: PointerEvent): boolean {
  return pointerType === "touch";
}

function clamp(value: number, length: number): number {
  return Math.min(length - 1, Math.max(0, value));
}
