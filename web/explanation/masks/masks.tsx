import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { sizesOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { maskMap } from "../../drawing/pixels.ts";
import { useDark } from "../../drawing/use-dark.ts";
import { MaskButton } from "./mask-button.tsx";
import { nameOf } from "../progress.ts";
import { ScoreLegend } from "./score-legend.tsx";
import type { ClassMap } from "../classes/use-class-map.ts";
import type { Explanation } from "../use-explanation.ts";
import type { Picked } from "./use-picked.ts";

interface Props {
  readonly image: Explanation["image"];
  readonly classMap: ClassMap;
  readonly masks: Tensor;
  /** Embedding maps that the masks were made of. */
  readonly maps: number | undefined;
  readonly picked: Picked;
}

/** Side of a mask's drawing, in pixels. */
const SIDE = 96;

/** How many are shown at first. */
const FIRST = 12;

/** The masks, the highest score first, each with the three terms of its score. */
export function Masks({ image, classMap, masks, maps, picked }: Props) {
  const drawn = useMemo(() => Array.from({ length: sizesOf(masks, 3)[0] }, (_, k) => maskMap(masks, k, SIDE, SIDE)), [masks]);
  const [all, setAll] = useState(false);
  const list = useRef<HTMLOListElement>(null);
  // Of a focus that tells nothing of what is looked at: a finger's, which only follows its tap, and the page's own.
  const silent = useRef(false);
  const look = { kind: "kept", dark: useDark() } as const;
  const name = nameOf(classMap.target.label);
  const count = classMap.masks.length;
  useEffect(() => {
    if (!all) return;
    // The button that was pressed is gone: the keyboard goes on at the first of the new ones.
    silent.current = true;
    list.current?.children[FIRST]?.querySelector("button")?.focus();
    silent.current = false;
  }, [all]);
  return (
    <section
      class="masks"
      aria-labelledby="masks-title"
      onPointerDown={({ pointerType }) => void (silent.current = pointerType === "touch")}
      onKeyDown={() => void (silent.current = false)}
    >
      <h2 id="masks-title">What the map is made of</h2>
      <p class="lead">
        {maps} embedding maps became {count} masks. Each was tried on the photograph: the more the answer <em>{name}</em> rests on
        what a mask keeps, the higher its score, <span class="formula">kept + whole − noise</span>. Point at one to see it on the
        photograph, and click it to keep it there.
      </p>
      <ScoreLegend name={name} />
      {classMap.overdetermined && (
        <p class="note">Nearly any part of the photograph suffices for {name}: the scores are all high, and the map says less.</p>
      )}
      <ol ref={list}>
        {classMap.masks.slice(0, all ? count : FIRST).map((mask) => (
          <li key={mask.index}>
            <MaskButton
              image={image}
              mask={mask}
              map={drawn[mask.index]!}
              look={look}
              picked={picked}
              onFocus={() => silent.current || picked.point(mask.index)}
            />
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
