import { useEffect, useState } from "preact/hooks";
import { ApiError } from "./api/graphql.ts";
import { useHoldsKey } from "./key/held-key.ts";

/** Milliseconds between two attempts to reach a server that does not answer. */
const RETRY_MS = 3000;

export interface Answer<Result> {
  /** Undefined until it is there. */
  readonly result: Result | undefined;
  /** Why it is not there. */
  readonly error: string | undefined;
  /** Fetches it once more. */
  readonly retry: () => void;
}

/**
 * What a request of the page gives; `known` is what it has given before. A server that cannot be reached is asked again: after a
 * while, and when the network is back.
 */
export function useAnswer<Result>(fetchResult: (signal: AbortSignal) => Promise<Result>, known?: Result): Answer<Result> {
  const [result, setResult] = useState(known);
  const [error, setError] = useState<string>();
  const [round, setRound] = useState(0);
  const holdsKey = useHoldsKey();
  const retry = () => setRound((round) => round + 1);

  useEffect(() => {
    const leave = new AbortController();
    const { signal } = leave;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      try {
        const result = await fetchResult(signal);
        if (signal.aborted) return;
        setResult(() => result);
        setError(undefined);
      } catch (error) {
        if (signal.aborted) return;
        setError((error as Error).message);
        if (!(error instanceof ApiError && error.code === "UNREACHABLE")) return;
        timer = setTimeout(retry, RETRY_MS);
        window.addEventListener("online", retry, { signal });
      }
    };
    void look();
    return () => {
      clearTimeout(timer);
      leave.abort();
    };
  }, [holdsKey, round]);
  return { result, error, retry };
}
