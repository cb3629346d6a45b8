import { useRef, useState } from "preact/hooks";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import type { SidesFragment } from "../../api/operations.ts";
import { MapCanvas } from "../../drawing/map-canvas.tsx";
import { BoxKey, BoxMarks } from "./box-marks.tsx";
import { Frame, isCropped, type Reading } from "./frame.tsx";
import { areSideBySide, isVeiled, type ViewSettings, type Panel } from "./view-settings.ts";
import { Tools } from "./tools.tsx";
import type { Explanation } from "../use-explanation.ts";

interface Props {
  readonly image: Explanation["image"];
  readonly panels: readonly Panel[];
  /** What is shown, and read: the class's map, or the mask that is pointed at. */
  readonly map: Tensor;
  /** The class's map, which the tools are about. */
  readonly classMap: Tensor;
  readonly title: string;
  /** What is being fetched meanwhile. */
  readonly busy: string | undefined;
  /** Where the object is, as the request has it. */
  readonly boxes: readonly SidesFragment[];
  /** Where the map says that it is. */
  readonly found: SidesFragment | undefined;
  readonly view: ViewSettings;
  readonly onLook: (change: Partial<ViewSettings>) => void;
  /** A mask stays on the picture: leads back to the map. */
  readonly onBack: (() => void) | undefined;
}

/** The photograph and the map, and the ways to look at them. */
export function ResultStage({ image, panels, map, classMap, title, busy, boxes, found, view, onLook, onBack }: Props) {
  const [reading, setReading] = useState<Reading>();
  const frames = useRef<HTMLDivElement>(null);
  const aspect = image.width / image.height;
  const look = panels.at(-1)!.layer!.look;
  const marks = view.boxes && <BoxMarks image={image} boxes={boxes} found={found} />;
  const back = () => {
    onBack?.();
    // The button goes: the keyboard goes on at the picture.
    frames.current?.querySelector<HTMLElement>("[tabindex]")?.focus({ preventScroll: true });
  };
  return (
    <div class="stage" style={{ "--aspect": aspect }}>
      <div
        class={areSideBySide(panels, aspect) ? "frames two" : "frames"}
        ref={frames}
        data-busy={busy !== undefined}
        aria-busy={busy !== undefined}
      >
        {onBack && (
          <p class="pinned">
            <button type="button" onClick={back}>
              Back to the map
            </button>
          </p>
        )}
        {panels.map((panel, i) => {
          const { photograph, layer } = panel;
          const faded = layer?.look.kind === "overlay";
          const reads = layer && { onRead: setReading };
          return (
            // The one with the map is the same element in every view: a new map grows out of the old one.
            <Frame
              key={layer ? "map" : i}
              image={image}
              alt={layer ? title : "The photograph"}
              map={map}
              bare={!photograph}
              faded={faded}
              veiled={isVeiled(panel)}
              marks={marks}
              {...reads}
            >
              {layer && <MapCanvas {...layer} />}
            </Frame>
          );
        })}
      </div>
      <div class="legend">
        {"colours" in look && (
          <span class="range" aria-hidden="true">
            {look.colours === "diverging" ? "−1" : 0} <i class={`scale ${look.colours}`} /> 1
          </span>
        )}
        <output aria-live={reading?.spoken ? "polite" : "off"}>
          {busy ??
            (reading
              ? `${shownValue(map.data[reading.y * map.shape[1]! + reading.x]!, view)} at ${reading.x}, ${reading.y}`
              : title)}
        </output>
      </div>
      {isCropped(image) && (
        <p class="hint">
          The model saw only what lies within the dashed line{look.kind === "reveal" && "; the share shown is of that part"}.
        </p>
      )}
      {boxes.length > 0 && <BoxKey found={found !== undefined} shown={view.boxes} onShow={(boxes) => onLook({ boxes })} />}
      <Tools view={view} map={classMap} onLook={onLook} />
    </div>
  );
}

/** A value of the map as its scale has it: from −1 to 1 where it has a sign. */
function shownValue(value: number, { colours }: ViewSettings): string {
  return (colours === "diverging" ? 2 * value - 1 : value).toFixed(2);
}
