import type { Tensor } from "../../../lib/tensor/tensor.ts";
import type { ColourMap, Look } from "../../drawing/pixels.ts";

/** How the map is looked at; kept while the class changes. */
export interface ViewSettings {
  readonly mode: "overlay" | "reveal" | "beside";
  readonly colours: ColourMap;
  readonly opacity: number;
  readonly threshold: number;
  /** Whether boxes are drawn, where there are any. */
  readonly boxes: boolean;
}

export const usual: ViewSettings = { mode: "overlay", colours: "turbo", opacity: 0.75, threshold: 0.5, boxes: true };

/** The same; a map with a sign has colours of its own. */
export function viewSettingsOf(view: ViewSettings, isSigned: boolean): ViewSettings {
  return isSigned ? { ...view, colours: "diverging" } : view;
}

/** One picture of those that are shown, and saved, together: the photograph, a map, or a map over the photograph. */
export interface Panel {
  readonly photograph: boolean;
  readonly layer?: { readonly map: Tensor; readonly look: Look; readonly opacity: number };
}

/** What is drawn. A mask is shown by what it keeps of the photograph, whatever way the map is looked at. */
export function panelsOf(map: Tensor, isMask: boolean, view: ViewSettings, dark: boolean): readonly Panel[] {
  const { mode, colours, opacity, threshold } = view;
  const over = (look: Look, opacity = 1): Panel => ({ photograph: true, layer: { map, look, opacity } });
  if (isMask) return [over({ kind: "kept", dark })];
  if (mode === "overlay") return [over({ kind: "overlay", colours }, opacity)];
  if (mode === "reveal") return [over({ kind: "reveal", threshold, dark })];
  return [{ photograph: true }, { photograph: false, layer: { map, look: { kind: "solid", colours }, opacity: 1 } }];
}

/** Pictures of this aspect and wider stand one above the other instead of side by side. */
const PANORAMA = 1.8;

export function areSideBySide(panels: readonly Panel[], aspect: number): boolean {
  return panels.length > 1 && aspect < PANORAMA;
}

/** Whether what lies outside of the part that the model saw is veiled as well: these views show what something keeps. */
export function isVeiled({ layer }: Panel): boolean {
  return layer?.look.kind === "kept" || layer?.look.kind === "reveal";
}
