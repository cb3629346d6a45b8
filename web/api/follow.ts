import { createClient, NetworkError } from "graphql-sse";
import { backoff } from "../../lib/client/persist.ts";
import { heldKey, keyHeaders } from "../key/held-key.ts";
import { anotherKey } from "../key/wanted-key.ts";
import { ApiError, ask, endpoint } from "./graphql.ts";
import {
  eventsAfterQuery,
  type EventsAfterQuery,
  explanationProgressSubscription,
  type ExplanationProgressSubscription,
} from "./operations.ts";
import { takeStream } from "./stream-share.ts";

/** One that arrives on a stream may bring the partial map; one that was asked for does not. */
export type ProgressEvent =
  | ExplanationProgressSubscription["explanationProgress"]
  | NonNullable<EventsAfterQuery["explanation"]>["events"][number];

const client = createClient({ url: endpoint, retryAttempts: 0, headers: () => keyHeaders() });

/** Milliseconds after which a stream has been of use, though nothing happened meanwhile. */
const LONG_MS = 10_000;

/** How often in a row the server may say that something is wrong with itself, before that is believed. */
const FAILURES = 4;

/** Milliseconds between two questions of a tab that has no stream, since others have them all. */
const ASK_MS = 1000;

/**
 * The events of an explanation after sequence number `after`, until its last one or until `signal` aborts. Where a stream ends
 * before, it goes on from the last event, with the API key that the server may want by then. `onConnection` is told true whenever
 * the server has taken the request, whether anything happens or not, and false when it cannot be reached. Throws what the server
 * refuses.
 */
export async function* follow(
  id: string,
  after: number,
  signal: AbortSignal,
  onConnection: (alive: boolean) => void,
): AsyncGenerator<ProgressEvent> {
  let seen = after;
  let attempts = 0;
  let failures = 0;
  while (!signal.aborted) {
    const release = await takeStream();
    if (signal.aborted) {
      release?.();
      return;
    }
    if (release === null) {
      for (const event of await eventsAfter(id, seen, signal, onConnection)) {
        seen = event.sequence;
        yield event;
        if (isLast(event)) return;
      }
      await waitOrOnline(ASK_MS, signal);
      continue;
    }
    const key = heldKey();
    const begun = performance.now();
    let opened = false;
    const connected = () => {
      opened = true;
      onConnection(true);
    };
    const request = { query: explanationProgressSubscription, variables: { id, after: seen } };
    const events = client.iterate<ExplanationProgressSubscription>(request, { connected });
    const stop = () => void events.return?.();
    signal.addEventListener("abort", stop);
    try {
      for await (const { data, errors } of events) {
        if (errors?.[0]) throw new ApiError((errors[0].extensions["code"] as string | undefined) ?? "UNKNOWN", errors[0].message);
        if (!data) continue;
        attempts = failures = 0;
        seen = data.explanationProgress.sequence;
        yield data.explanationProgress;
        if (isLast(data.explanationProgress)) return;
      }
    } catch (error) {
      if (error instanceof ApiError && (!mayPass(error) || ++failures > FAILURES)) throw error;
      if (isUnauthenticated(error)) {
        await anotherKey(key);
        continue;
      }
    } finally {
      signal.removeEventListener("abort", stop);
      stop();
      release();
    }
    if (signal.aborted) return;
    if (!opened) onConnection(false);
    else if (performance.now() - begun > LONG_MS) attempts = 0;
    // A server may end a stream whenever it likes, as one that runs for a minute at most does: the first wait is none.
    await waitOrOnline(attempts === 0 ? 0 : 1000 * backoff(attempts, Math.random()), signal);
    attempts++;
  }
}

/** What has happened after an event; nothing where the server cannot be reached. */
async function eventsAfter(
  id: string,
  after: number,
  signal: AbortSignal,
  onConnection: (alive: boolean) => void,
): Promise<readonly ProgressEvent[]> {
  try {
    const { explanation } = await ask(eventsAfterQuery, { id, after }, signal);
    onConnection(true);
    if (!explanation) throw new ApiError("EXPLANATION_UNKNOWN", "There is no such explanation any more.");
    return explanation.events;
  } catch (error) {
    if (signal.aborted) return [];
    if (!(error instanceof ApiError && error.code === "UNREACHABLE")) throw error;
    onConnection(false);
    return [];
  }
}

function isUnauthenticated(error: unknown): boolean {
  return error instanceof NetworkError && error.response?.status === 401;
}

/** Whether the server spoke of itself rather than of the request, which asking again does not change. */
function mayPass({ code }: ApiError): boolean {
  return code === "INTERNAL" || code === "SERVICE_UNREACHABLE";
}

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
