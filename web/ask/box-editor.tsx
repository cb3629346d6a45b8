import { useRef, useState } from "preact/hooks";
import { boxBetween, type BoxText, isDrawn, type Place, sides, sidesOf } from "./boxes.ts";

interface Props {
  /** Address of the photograph. */
  readonly picture: string;
  readonly boxes: readonly BoxText[];
  readonly error: string | undefined;
  readonly onChange: (boxes: readonly BoxText[]) => void;
}

/** How many the API takes. */
const MOST = 100;

/** Where the object is: boxes drawn on the photograph by mouse or finger, or typed. */
export function BoxEditor({ picture, boxes, error, onChange }: Props) {
  const [{ width, height }, setSize] = useState({ width: 0, height: 0 });
  const [drag, setDrag] = useState<{ readonly from: Place; readonly to: Place }>();
  const add = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const drawn = drag && boxBetween(drag.from, drag.to, width, height);

  const finish = () => {
    setDrag(undefined);
    if (drawn && isDrawn(drawn, width, height) && boxes.length < MOST) onChange([...boxes, drawn]);
  };
  const addInTheMiddle = () => {
    onChange([...boxes, boxBetween({ x: 0.25, y: 0.25 }, { x: 0.75, y: 0.75 }, width, height)]);
    requestAnimationFrame(() => list.current?.querySelector<HTMLInputElement>("li:last-child input")?.focus());
  };
  return (
    <section class="box-editor" aria-labelledby="boxes-title">
      <h2 id="boxes-title">Where is it?</h2>
      <p class="hint" id="boxes-hint">
        Draw a box around each object of the class, with the mouse or a finger; or add one and type its sides, in pixels of the
        photograph{width > 0 && `, which has ${width} × ${height}`}.
      </p>
      <div
        class="box-picture"
        style={{ "--aspect": width > 0 ? width / height : 1 }}
        onPointerDown={(event) => {
          if (!event.isPrimary || event.button !== 0 || width === 0) return;
          event.preventDefault();
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag({ from: placeOf(event), to: placeOf(event) });
        }}
        onPointerMove={(event) => drag && event.isPrimary && setDrag({ ...drag, to: placeOf(event) })}
        onPointerUp={finish}
        onPointerCancel={() => setDrag(undefined)}
      >
        <img
          src={picture}
          alt="The chosen photograph"
          draggable={false}
          onLoad={({ currentTarget }) => setSize({ width: currentTarget.naturalWidth, height: currentTarget.naturalHeight })}
        />
        {width > 0 &&
          [...boxes, ...(drawn ? [drawn] : [])].map((box, i) => <Drawn key={i} name={i + 1} box={box} {...{ width, height }} />)}
      </div>
      <p class="error" role="alert">
        {error}
      </p>
      <ol ref={list}>
        {boxes.map((box, i) => (
          <li key={i}>
            <fieldset aria-describedby="boxes-hint">
              <legend>Box {i + 1}</legend>
              {sides.map((side) => (
                <label key={side}>
                  <span>{side}</span>
                  <input
                    value={box[side]}
                    inputmode="decimal"
                    autocomplete="off"
                    onInput={(event) => onChange(boxes.with(i, { ...box, [side]: event.currentTarget.value }))}
                    onKeyDown={(event) => {
                      const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
                      if (by === undefined) return;
                      event.preventDefault();
                      onChange(boxes.with(i, { ...box, [side]: moved(box, side, by * (event.shiftKey ? 10 : 1)) }));
                    }}
                  />
                </label>
              ))}
              <button
                type="button"
                aria-label={`Remove box ${i + 1}`}
                onClick={() => {
                  onChange(boxes.toSpliced(i, 1));
                  add.current?.focus();
                }}
              >
                Remove
              </button>
            </fieldset>
          </li>
        ))}
      </ol>
      <p>
        <button ref={add} type="button" disabled={width === 0 || boxes.length >= MOST} onClick={addInTheMiddle}>
          Add a box
        </button>
      </p>
    </section>
  );
}

interface DrawnProps {
  readonly name: number;
  readonly box: BoxText;
  readonly width: number;
  readonly height: number;
}

function Drawn({ name, box, width, height }: DrawnProps) {
  const { left, top, right, bottom } = sidesOf(box);
  if (!(left < right && top < bottom)) return null;
  const style = {
    left: `${(100 * left) / width}%`,
    top: `${(100 * top) / height}%`,
    width: `${(100 * (right - left)) / width}%`,
    height: `${(100 * (bottom - top)) / height}%`,
  };
  return (
    <i class="box" style={style} aria-hidden="true">
      {name}
    </i>
  );
}

function placeOf(event: PointerEvent): Place {
  const { left, top, width, height } = (event.currentTarget as HTMLElement).getBoundingClientRect();
  return { x: (event.clientX - left) / width, y: (event.clientY - top) / height };
}

/** A side moved by some pixels; one that is not a number stays as it is. */
function moved(box: BoxText, side: keyof BoxText, by: number): string {
  const value = sidesOf(box)[side];
  return Number.isNaN(value) ? box[side] : String(Math.max(0, value + by));
}
