import type { SidesFragment } from "../../api/operations.ts";
import type { Explanation } from "../use-explanation.ts";

interface Props {
  readonly image: Explanation["image"];
  readonly boxes: readonly SidesFragment[];
  /** The map's own box. */
  readonly found: SidesFragment | undefined;
}

/** Boxes over the photograph: those of the request, and the one around the map's largest salient region. */
export function BoxMarks({ image: { width, height }, boxes, found }: Props) {
  if (boxes.length === 0) return null;
  return (
    <svg class="marks" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {boxes.map((box, i) => (
        <Mark key={i} box={box} name="asked" />
      ))}
      {found && <Mark box={found} name="found" />}
    </svg>
  );
}

/** Light upon dark, so that it is seen on any picture. */
function Mark({ box: { left, top, right, bottom }, name }: { readonly box: SidesFragment; readonly name: "asked" | "found" }) {
  const rectangle = { x: left, y: top, width: right - left, height: bottom - top };
  return (
    <g class={name}>
      <rect class="edge" {...rectangle} />
      <rect {...rectangle} />
    </g>
  );
}

interface KeyProps {
  readonly found: boolean;
  readonly shown: boolean;
  readonly onShow: (shown: boolean) => void;
}

/** What the boxes are, and whether they are shown. */
export function BoxKey({ found, shown, onShow }: KeyProps) {
  return (
    <p class="box-key">
      <label>
        <input type="checkbox" checked={shown} onChange={(event) => onShow(event.currentTarget.checked)} /> Boxes:
      </label>{" "}
      <span class="asked">yours</span> {found && <span class="found">the map's</span>}
    </p>
  );
}
