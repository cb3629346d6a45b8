import { useEffect, useRef, useState } from "preact/hooks";
import type { ClassFragment } from "../api/operations.ts";
import type { MethodDescription } from "../methods.ts";
import { nameOf, percent, type Progress, sentenceOf } from "./progress.ts";

interface Props {
  readonly method: MethodDescription | undefined;
  readonly progress: Progress;
  readonly connected: boolean;
  /** The class whose map is shown. */
  readonly shown: ClassFragment | undefined;
}

/** Tells a screen reader how it goes: every stage, of the scores every quarter, and the class whose map has come. */
export function Announcement({ method, progress, connected, shown }: Props) {
  const { stage, done, masks } = progress;
  const quarter = masks ? Math.floor((4 * done) / masks) : 0;
  const [words, setWords] = useState("");
  const before = useRef<number>(undefined);
  useEffect(() => {
    setWords(connected ? sentenceOf(progress, method) : "The connection is lost; trying to take up again");
  }, [stage, quarter, connected]);
  useEffect(() => {
    // The first map is told of by its stage.
    if (shown && before.current !== undefined) setWords(`The map of ${nameOf(shown.label)}, ${percent(shown.probability)}`);
    before.current = shown?.index;
  }, [shown?.index]);
  return (
    <p class="visually-hidden" role="status">
      {words}
    </p>
  );
}
