import { useEffect, useState } from "preact/hooks";
import { ApiError, ask } from "../api/graphql.ts";
import { modelsQuery, type ModelsQuery } from "../api/operations.ts";
import type { MetricForm } from "./metrics.ts";
import { useHoldsKey } from "../key/held-key.ts";

export type Model = ModelsQuery["models"][number];

/** Milliseconds between two attempts to reach a server that does not answer. */
const AGAIN_MS = 3000;

export interface Models {
  readonly models: readonly Model[];
  /** The metrics that a map can be measured by. */
  readonly metrics: readonly MetricForm[];
  /** Why there are none. */
  readonly error: string | undefined;
  /** Asks once more. */
  readonly again: () => void;
}

/** The models that can be asked, and the metrics that there are. A server that cannot be reached is asked again: in a while, and when the network is back. */
export function useModels(): Models {
  const [{ models, metrics }, setKnown] = useState<Pick<Models, "models" | "metrics">>({ models: [], metrics: [] });
  const [error, setError] = useState<string>();
  const [round, setRound] = useState(0);
  const holdsKey = useHoldsKey();
  const again = () => setRound((round) => round + 1);

  useEffect(() => {
    const leave = new AbortController();
    const { signal } = leave;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      try {
        setKnown(await ask(modelsQuery, {}, signal));
        setError(undefined);
      } catch (error) {
        if (signal.aborted) return;
        setError((error as Error).message);
        if (!(error instanceof ApiError && error.code === "UNREACHABLE")) return;
        timer = setTimeout(again, AGAIN_MS);
        window.addEventListener("online", again, { signal });
      }
    };
    void look();
    return () => {
      clearTimeout(timer);
      leave.abort();
    };
  }, [holdsKey, round]);
  return { models, metrics, error, again };
}
