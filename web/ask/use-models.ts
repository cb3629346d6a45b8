import { useEffect, useState } from "preact/hooks";
import { ApiError, ask } from "../api/graphql.ts";
import { modelsQuery, type ModelsQuery } from "../api/operations.ts";
import { useHoldsKey } from "../key/held-key.ts";

export type Model = ModelsQuery["models"][number];

/** Milliseconds between two attempts to reach a server that does not answer. */
const AGAIN_MS = 3000;

export interface Models {
  readonly models: readonly Model[];
  /** Why there are none. */
  readonly error: string | undefined;
  /** Asks once more. */
  readonly again: () => void;
}

/** The models that can be asked. A server that cannot be reached is asked again: in a while, and when the network is back. */
export function useModels(): Models {
  const [models, setModels] = useState<readonly Model[]>([]);
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
        const { models } = await ask(modelsQuery, {}, signal);
        setModels(models);
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
  return { models, error, again };
}
