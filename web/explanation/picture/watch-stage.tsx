import { useMemo } from "preact/hooks";
import { MapCanvas } from "../../drawing/map-canvas.tsx";
import { enlarge } from "../../drawing/pixels.ts";
import type { MethodDescription } from "../../methods.ts";
import { Frame } from "./frame.tsx";
import { fractionOf, isOver, type Progress, sentenceOf } from "../progress.ts";
import type { Explanation } from "../use-explanation.ts";

interface Props {
  readonly image: Explanation["image"];
  readonly method: MethodDescription | undefined;
  readonly progress: Progress;
  readonly connected: boolean;
}

const look = { kind: "overlay", colours: "turbo" } as const;

/** Side of the drawn partial map, in pixels. */
const SIDE = 168;

/** The photograph while it is computed on: the map forms over it, and the bar says how far it is. */
export function WatchStage({ image, method, progress, connected }: Props) {
  const { partial } = progress;
  const map = useMemo(() => partial && enlarge(tensorOf(partial), SIDE, SIDE), [partial]);
  const fraction = fractionOf(progress);
  const sentence = sentenceOf(progress, method);
  return (
    <div class="stage" style={{ "--aspect": image.width / image.height }}>
      <div class="frames">
        <Frame image={image} alt="The photograph" faded={map !== undefined}>
          {map && !isOver(progress) && <MapCanvas map={map} look={look} opacity={0.75} />}
        </Frame>
      </div>
      {!isOver(progress) && (
        <div class="watch">
          <progress aria-label="Progress of the explanation" value={fraction} max={1} />
          <p class="watch-words">
            <span>{connected ? sentence : "The connection is lost; trying to take up again"}</span>
            <span class="shown">{Math.round(100 * fraction)} %</span>
          </p>
        </div>
      )}
    </div>
  );
}

function tensorOf({ width, height, values }: NonNullable<Progress["partial"]>) {
  return { shape: [height, width], data: Float32Array.from(values) };
}
