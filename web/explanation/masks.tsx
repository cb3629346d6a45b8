import { useMemo, useState } from "preact/hooks";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import { MapCanvas } from "../drawing/map-canvas.tsx";
import { maskMap } from "../drawing/pixels.ts";
import { nameOf, percent } from "./progress.ts";
import type { ClassMap, ScoredMask } from "./use-class-map.ts";
import type { Explanation } from "./use-explanation.ts";
import { useDark } from "../drawing/use-dark.ts";
import { Frame } from "./frame.tsx";

interface Props {
  readonly image: Explanation["image"];
  readonly classMap: ClassMap;
  readonly masks: Tensor;
  /** Embedding maps that the masks were made of. */
  readonly maps: number | undefined;
  /** The mask that was clicked: it stays on the large picture. */
  readonly pinned: number | undefined;
  readonly onPin: (index: number | undefined) => void;
  /** The mask that is pointed at, by pointer or focus. */
  readonly onPoint: (index: number | undefined) => void;
}

/** Side of a mask's drawing, in pixels. */
const SIDE = 96;

/** How many are shown at first. */
const FIRST = 12;

/** The masks, the highest score first, each with the three terms of its score. */
export function Masks({ image, classMap, masks, maps, pinned, onPin, onPoint }: Props) {
  const drawn = useMemo(() => Array.from({ length: masks.shape[0] }, (_, k) => maskMap(masks, k, SIDE, SIDE)), [masks]);
  const [all, setAll] = useState(false);
  const look = { kind: "kept", dark: useDark() } as const;
  const name = nameOf(classMap.target.label);
  const count = classMap.masks.length;
  return (
    <section class="masks" aria-labelledby="masks-title">
      <h2 id="masks-title">What the map is made of</h2>
      <p class="lead">
        {maps} embedding maps became {count} masks. Each was tried on the photograph: the more the answer <em>{name}</em> rests on
        what a mask keeps, the higher its score, <span class="formula">kept + whole − noise</span>. Point at one to see it on the
        photograph.
      </p>
      {classMap.overdetermined && (
        <p class="note">Nearly any part of the photograph suffices for {name}: the scores are all high, and the map says less.</p>
      )}
      <ol>
        {classMap.masks.slice(0, all ? count : FIRST).map((mask) => (
          <li key={mask.index}>
            <button
              type="button"
              aria-pressed={pinned === mask.index}
              onPointerEnter={() => onPoint(mask.index)}
              onPointerLeave={() => onPoint(undefined)}
              onFocus={() => onPoint(mask.index)}
              onBlur={() => onPoint(undefined)}
              onClick={() => onPin(pinned === mask.index ? undefined : mask.index)}
            >
              <Frame image={image} alt="">
                <MapCanvas map={drawn[mask.index]} look={look} />
              </Frame>
              <span class="visually-hidden">{`Mask ${mask.index}: score `}</span>
              <span class="score">{signed(mask.score)}</span>
              <span class="size">
                {mask.clusterSize} {mask.clusterSize === 1 ? "map" : "maps"}
              </span>
              <Terms mask={mask} />
            </button>
          </li>
        ))}
      </ol>
      {count > FIRST && !all && (
        <p>
          <button type="button" class="more" onClick={() => setAll(true)}>
            Show all {count}
          </button>
        </p>
      )}
    </section>
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

/** Two digits, with a minus sign that is as wide as a plus. */
function signed(score: number): string {
  const text = Math.abs(score).toFixed(2);
  return score < 0 && text !== "0.00" ? `−${text}` : text;
}
