import { useEffect, useRef } from "preact/hooks";
import { sizesOf, type Tensor } from "../../lib/tensor/tensor.ts";
import { type Look, pixelsOf } from "./pixels.ts";

interface Props {
  /** [height, width], 0 to 1. */
  readonly map: Tensor;
  readonly look: Look;
  readonly opacity?: number;
  readonly class?: string;
}

/** How long a map takes to become the next one. */
const MORPH_MS = 350;

/** A map, drawn with the canvas's pixel for each value; the style sheet sizes it. A new map of the same size grows out of the old one. */
export function MapCanvas({ map, look, opacity = 1, class: name }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawn = useRef<Float32Array>(undefined);

  useEffect(() => {
    const [height, width] = sizesOf(map, 2);
    const context = canvas.current!.getContext("2d")!;
    const from = drawn.current?.length === map.data.length ? drawn.current : undefined;
    const draw = (values: Float32Array) => {
      drawn.current = values;
      context.putImageData(new ImageData(pixelsOf(values, look), width, height), 0, 0);
    };
    if (!from || from === map.data || matchMedia("(prefers-reduced-motion: reduce)").matches) return draw(map.data);

    const begun = performance.now();
    let frame = requestAnimationFrame(function step(now) {
      const t = Math.min(1, Math.max(0, (now - begun) / MORPH_MS));
      draw(t === 1 ? map.data : map.data.map((value, i) => from[i]! + t * (value - from[i]!)));
      if (t < 1) frame = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(frame);
  }, [map, JSON.stringify(look)]);

  return <canvas ref={canvas} class={name} width={map.shape[1]} height={map.shape[0]} style={{ opacity }} aria-hidden="true" />;
}
