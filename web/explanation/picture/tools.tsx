import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { shareAbove } from "../../drawing/pixels.ts";
import type { ViewSettings } from "./view-settings.ts";
import { Segments } from "./segments.tsx";
import { Slider } from "./slider.tsx";

interface Props {
  readonly view: ViewSettings;
  /** The class's map. */
  readonly map: Tensor;
  readonly onLook: (change: Partial<ViewSettings>) => void;
}

/** The ways to look at the map. */
export function Tools({ view: { mode, colours, opacity, threshold }, map, onLook }: Props) {
  return (
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
      {mode !== "reveal" && colours !== "diverging" && (
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
  );
}
