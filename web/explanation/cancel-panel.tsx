import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../api/graphql.ts";
import { cancelExplanationMutation } from "../api/operations.ts";
import { isOver, type Progress } from "./progress.ts";
import type { Explanation } from "./use-explanation.ts";

interface Props {
  readonly explanation: Explanation;
  readonly progress: Progress;
  readonly onCancel: () => void;
}

/** How it may be ended, and that it has ended before it was done. */
export function CancelPanel({ explanation: { id, error, metrics, metricsAsked }, progress, onCancel }: Props) {
  const note = useRef<HTMLParagraphElement>(null);
  const cancelled = useRef(false);
  const over = isOver(progress);
  useEffect(() => {
    // The button that was pressed is gone: the keyboard goes on at what it has done.
    if (over && cancelled.current) note.current?.focus({ preventScroll: true });
  }, [over]);

  const { stage, mapped } = progress;
  if (!over) {
    if (mapped && metrics.length === metricsAsked.length) return null;
    return <Cancel id={id} mapped={mapped} onPress={() => (cancelled.current = true)} onCancel={onCancel} />;
  }
  if (stage === "succeeded") return null;
  const words = mapped ? "The measuring was cancelled; the map is whole." : "It was cancelled before the map was there.";
  return (
    <p class="note" ref={note} tabIndex={-1}>
      {stage === "canceled" ? words : (error?.message ?? "It could not be done.")} <a href={`/?again=${id}`}>Ask again</a>
    </p>
  );
}

interface CancelProps {
  readonly id: string;
  readonly mapped: boolean;
  readonly onPress: () => void;
  readonly onCancel: () => void;
}

function Cancel({ id, mapped, onPress, onCancel }: CancelProps) {
  const [error, setError] = useState<string>();
  const cancel = () => {
    onPress();
    setError(undefined);
    ask(cancelExplanationMutation, { id }).then(onCancel, (reason: Error) => setError(reason.message));
  };
  return (
    <p>
      <button type="button" onClick={cancel}>
        {mapped ? "Cancel the measuring" : "Cancel"}
      </button>{" "}
      <span class="error" role="alert">
        {error}
      </span>
    </p>
  );
}
