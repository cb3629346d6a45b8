import { useCallback, useEffect, useState } from "preact/hooks";
import { follow } from "../api/follow.ts";
import { ApiError, ask } from "../api/graphql.ts";
import { explanationQuery, type ExplanationQuery } from "../api/operations.ts";
import { ownPath } from "../api/own-path.ts";
import { useVisible } from "./use-visible.ts";
import { isOver, next, nothingYet, type Progress } from "./progress.ts";

export type Explanation = NonNullable<ExplanationQuery["explanation"]>;

export interface Followed {
  /** Undefined while it loads, null where there is none. */
  readonly explanation: Explanation | null | undefined;
  readonly progress: Progress;
  /** False while the server cannot be reached. */
  readonly connected: boolean;
  readonly error: string | undefined;
  /** Looks again, and follows again: after it was asked for again, or cancelled. */
  readonly reload: () => void;
}

/** An explanation as it stands, kept up to date until it is finished. */
export function useExplanation(id: string): Followed {
  const [explanation, setExplanation] = useState<Explanation | null>();
  const [progress, setProgress] = useState<Progress>(nothingYet);
  const [connected, setConnected] = useState(true);
  const [error, setError] = useState<string>();
  const [round, setRound] = useState(0);
  const visible = useVisible();

  useEffect(() => {
    const leave = new AbortController();
    const look = async () => {
      const { explanation } = await patiently(() => ask(explanationQuery, { id }, leave.signal), setConnected, leave.signal);
      setExplanation(explanation && withOwnPaths(explanation));
      return explanation?.events.reduce(next, nothingYet) ?? nothingYet;
    };
    const watch = async () => {
      let state = await look();
      setProgress(state);
      if (state.sequence === 0 || isOver(state) || !visible) return;
      // The last event once more: it may hold the newest partial map.
      for await (const event of follow(id, Math.max(0, state.sequence - 1), leave.signal, setConnected)) {
        state = next(state, event);
        setProgress(state);
        if (event.__typename === "MappedEvent" || event.__typename === "MeasuredEvent" || isOver(state)) await look();
      }
    };
    setError(undefined);
    watch().catch((reason: unknown) => {
      if (!leave.signal.aborted) setError(reason instanceof Error ? reason.message : String(reason));
    });
    return () => leave.abort();
  }, [id, round, visible]);

  const reload = useCallback(() => setRound((round) => round + 1), []);
  return { explanation, progress, connected, error, reload };
}

function withOwnPaths(explanation: Explanation): Explanation {
  const { image, files } = explanation;
  return {
    ...explanation,
    image: { ...image, url: ownPath(image.url) },
    files: files.map(({ name, url }) => ({ name, url: ownPath(url) })),
  };
}

/** Tries until the server can be reached. */
async function patiently<Result>(
  attempt: () => Promise<Result>,
  onConnection: (alive: boolean) => void,
  signal: AbortSignal,
): Promise<Result> {
  for (;;) {
    try {
      const result = await attempt();
      onConnection(true);
      return result;
    } catch (error) {
      if (signal.aborted || !(error instanceof ApiError && error.code === "UNREACHABLE")) throw error;
      onConnection(false);
      await new Promise((resolve) => setTimeout(resolve, 1500));
    }
  }
}
