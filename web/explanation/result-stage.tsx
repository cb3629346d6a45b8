import { useState } from "preact/hooks";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import type { SidesFragment } from "../api/operations.ts";
import { MapCanvas } from "../drawing/map-canvas.tsx";
import { type ColourMap, type Look, shareAbove } from "../drawing/pixels.ts";
import { useDark } from "../drawing/use-dark.ts";
import { BoxKey, BoxMarks } from "./box-marks.tsx";
import { Frame, type Reading } from "./frame.tsx";
import { Segments } from "./segments.tsx";
import type { Explanation } from "./use-explanation.ts";

/** How the map is looked at; kept while the class changes. */
export interface Looking {
  readonly mode: "overlay" | "reveal" | "beside";
  readonly colours: ColourMap;
  readonly opacity: number;
  readonly threshold: number;
  /** Whether boxes are drawn, where there are any. */
  readonly boxes: boolean;
}

export const usual: Looking = { mode: "overlay", colours: "turbo", opacity: 0.75, threshold: 0.5, boxes: true };

/** Pictures of this aspect and wider stand one above the other instead of side by side. */
const PANORAMA = 1.8;

interface Props {
  readonly image: Explanation["image"];
  /** What is shown: the class's map, or the mask that is pointed at. */
  readonly map: Tensor;
  /** A mask is shown by what it keeps of the photograph. */
  readonly isMask: boolean;
  readonly title: string;
  /** Where the object is, as the request has it. */
  readonly boxes: readonly SidesFragment[];
  /** Where the map says that it is. */
  readonly found: SidesFragment | undefined;
  readonly looking: Looking;
  readonly onLook: (change: Partial<Looking>) => void;
}

/** The photograph and the map, and the ways to look at them. */
export function ResultStage({ image, map, isMask, title, boxes, found, looking, onLook }: Props) {
  const { mode, colours, opacity, threshold } = looking;
  const [reading, setReading] = useState<Reading>();
  const dark = useDark();
  const aspect = image.width / image.height;
  const alone = mode === "beside" && !isMask;
  const look = isMask ? ({ kind: "kept", dark } as const) : lookOf(looking, dark);
  const marks = looking.boxes && <BoxMarks image={image} boxes={boxes} found={found} />;
  return (
    <div class="stage" style={{ "--aspect": aspect }}>
      <div class={alone && aspect < PANORAMA ? "frames two" : "frames"}>
        {alone && <Frame image={image} alt="The photograph" map={map} marks={marks} />}
        <Frame image={image} alt={title} map={map} onRead={setReading} bare={alone} faded={look.kind === "overlay"} marks={marks}>
          <MapCanvas map={map} look={look} opacity={look.kind === "overlay" ? opacity : 1} />
        </Frame>
      </div>
      <div class="legend">
        {"dark" in look ? (
          <span class="scale" />
        ) : (
          <>
            <span aria-hidden="true">0</span>
            <i class={`scale ${colours}`} aria-hidden="true" />
            <span aria-hidden="true">1</span>
          </>
        )}
        <output aria-live={reading?.spoken ? "polite" : "off"}>
          {reading ? `${reading.value.toFixed(2)} at ${reading.x}, ${reading.y}` : title}
        </output>
      </div>
      {boxes.length > 0 && <BoxKey found={found !== undefined} shown={looking.boxes} onShow={(boxes) => onLook({ boxes })} />}
      <div class="tools">
        <Segments
          legend="View"
          name="mode"
          value={mode}
          onChange={(mode) => onLook({ mode })}
          options={[
            ["overlay", "Overlay"],
            ["reveal", "Reveal"],
            ["beside", "Side by side"],
          ]}
        />
        {mode !== "reveal" && (
          <Segments
            legend="Colours"
            name="colours"
            value={colours}
            onChange={(colours) => onLook({ colours })}
            options={[
              ["turbo", "Turbo"],
              ["viridis", "Viridis"],
              ["grey", "Grey"],
            ]}
          />
        )}
        {mode === "overlay" && (
          <Slider
            label="Opacity"
            value={opacity}
            shown={`${Math.round(100 * opacity)} %`}
            onChange={(opacity) => onLook({ opacity })}
          />
        )}
        {mode === "reveal" && (
          <Slider
            label="Threshold"
            value={threshold}
            shown={`${threshold.toFixed(2)} · ${Math.round(100 * shareAbove(map.data, threshold))} % shown`}
            onChange={(threshold) => onLook({ threshold })}
          />
        )}
      </div>
    </div>
  );
}

/** What the map is drawn with. */
export function lookOf({ mode, colours, threshold }: Looking, dark: boolean): Look {
  if (mode === "reveal") return { kind: "reveal", threshold, dark };
  return { kind: mode === "beside" ? "solid" : "overlay", colours };
}

interface SliderProps {
  readonly label: string;
  /** 0 to 1. */
  readonly value: number;
  readonly shown: string;
  readonly onChange: (value: number) => void;
}

function Slider({ label, value, shown, onChange }: SliderProps) {
  return (
    <label class="slider">
      <span>{label}</span>
      <input
        type="range"
        min="0"
        max="100"
        value={Math.round(100 * value)}
        aria-valuetext={shown}
        onInput={(event) => onChange(Number(event.currentTarget.value) / 100)}
      />
      <span class="shown">{shown}</span>
    </label>
  );
}
