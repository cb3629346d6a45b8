import { createClient, NetworkError } from "graphql-sse";
import { heldKey, keyHeaders } from "../key/held-key.ts";
import { anotherKey } from "../key/wanted-key.ts";
import { endpoint } from "./graphql.ts";
import { explanationProgressSubscription, type ExplanationProgressSubscription } from "./operations.ts";

export type ProgressEvent = ExplanationProgressSubscription["explanationProgress"];

const client = createClient({ url: endpoint, retryAttempts: 0, headers: () => keyHeaders() });

/** Seconds to wait before the first, second … attempt to take up again; the last one is kept to. */
const WAITS = [0.5, 1, 2, 4, 8];

/**
 * The events of an explanation after sequence number `after`, until its last one or until `signal` aborts. Where the connection
 * breaks, `onConnection(false)` is told, and it goes on from the last event as soon as the server can be reached again, or has been
 * given the API key that it wants. Throws what the server refuses.
 */
export async function* follow(
  id: string,
  after: number,
  signal: AbortSignal,
  onConnection: (alive: boolean) => void,
): AsyncGenerator<ProgressEvent> {
  let seen = after;
  let failures = 0;
  while (!signal.aborted) {
    const key = heldKey();
    const events = client.iterate<ExplanationProgressSubscription>({
      query: explanationProgressSubscription,
      variables: { id, after: seen },
    });
    const stop = () => void events.return?.();
    signal.addEventListener("abort", stop);
    try {
      for await (const { data, errors } of events) {
        if (errors?.[0]) throw new Refused(errors[0].message);
        if (!data) continue;
        failures = 0;
        onConnection(true);
        seen = data.explanationProgress.sequence;
        yield data.explanationProgress;
        if (isLast(data.explanationProgress)) return;
      }
    } catch (error) {
      if (error instanceof Refused) throw error;
      if (isUnauthenticated(error)) {
        await anotherKey(key);
        continue;
      }
    } finally {
      signal.removeEventListener("abort", stop);
      stop();
    }
    if (signal.aborted) return;
    onConnection(false);
    await waitOrOnline(1000 * WAITS[Math.min(failures++, WAITS.length - 1)], signal);
  }
}

function isUnauthenticated(error: unknown): boolean {
  return error instanceof NetworkError && error.response?.status === 401;
}

/** The server said no, which asking again does not change. */
class Refused extends Error {}

export function isLast({ __typename }: Pick<ProgressEvent, "__typename">): boolean {
  return __typename === "SucceededEvent" || __typename === "FailedEvent" || __typename === "CanceledEvent";
}

/** Resolves after a time, or at once when the browser says that the network is back, or when `signal` aborts. */
function waitOrOnline(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    window.addEventListener("online", done);
    signal.addEventListener("abort", done);
    function done() {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
