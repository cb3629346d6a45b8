import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { MapCanvas } from "../../drawing/map-canvas.tsx";
import type { Look } from "../../drawing/pixels.ts";
import { Frame } from "../picture/frame.tsx";
import { signed } from "./mask-words.ts";
import { percent } from "../progress.ts";
import type { ScoredMask } from "../classes/use-class-map.ts";
import type { Explanation } from "../use-explanation.ts";
import type { Picked } from "./use-picked.ts";

interface Props {
  readonly image: Explanation["image"];
  readonly mask: ScoredMask;
  readonly map: Tensor;
  readonly look: Look;
  readonly picked: Picked;
  readonly onFocus: () => void;
}

/** A mask by what it keeps, its number and its score; pointing at it shows it large, a click keeps it there. */
export function MaskButton({ image, mask, map, look, picked, onFocus }: Props) {
  const { index, clusterSize, score } = mask;
  const isPinned = picked.pinned === index;
  return (
    <button
      type="button"
      aria-pressed={isPinned}
      onPointerEnter={({ pointerType }) => pointerType !== "touch" && picked.point(index)}
      onPointerLeave={() => picked.point(undefined)}
      onFocus={onFocus}
      onBlur={() => picked.point(undefined)}
      onClick={() => (isPinned ? picked.clear() : picked.pin(index))}
    >
      <Frame image={image} alt="" veiled>
        <MapCanvas map={map} look={look} />
      </Frame>
      <span class="size">Mask {index}</span>
      <span class="size">
        {clusterSize} {clusterSize === 1 ? "map" : "maps"}
      </span>
      <span class="score">
        <span class="visually-hidden">score </span>
        {signed(score)}
      </span>
      <Terms mask={mask} />
    </button>
  );
}

/** The three probabilities as bars of one scale: what became of the answer. */
function Terms({ mask: { masked, whole, noisy } }: { readonly mask: ScoredMask }) {
  const terms = [
    ["kept", masked],
    ["whole", whole],
    ["noise", noisy],
  ] as const;
  return (
    <span class="terms">
      {terms.map(([name, probability]) => (
        <span class={`term ${name}`} key={name}>
          <span>{name}</span>
          <i>
            <b style={{ width: `${100 * probability}%` }} />
          </i>
          <span class="shown">{percent(probability)}</span>
        </span>
      ))}
    </span>
  );
}
