import type { ExecutionResult, GraphQLError, GraphQLFormattedError } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Owner } from "../access/limits.ts";
import { streamLimit } from "../access/stream-limit.ts";

/** Between two signs of life to a client that nothing is sent to: below the minute after which proxies give up. Milliseconds. */
const PING_MS = 12_000;

/** How long a client that comes back may be kept from learning that nothing more comes: milliseconds. */
const LOOK_MS = 1000;

/** What a proxy has to know to pass events on as they come; `no` is nginx's word, `no-transform` keeps others from packing them. */
const headers = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

export interface EventStreams {
  readonly plugin: Plugin;
  /** Says which event of an explanation's log the next result of the request tells of. */
  readonly setSequence: (request: Request, sequence: number) => void;
}

interface EventStreamOptions {
  /** Milliseconds between two signs of life. */
  readonly pingMs?: number | undefined;
  /** Whose subscriptions are counted together. */
  readonly ownerOf: (request: Request) => Owner;
}

/**
 * Sends subscriptions as server-sent events, as the graphql-sse protocol (distinct connections mode) has them, with what a browser's
 * EventSource needs: `id:` with the sequence number of the event, which the browser sends back as `Last-Event-ID` when it connects
 * again; and 204, which ends its trying, where it comes back after the last event.
 */
export function eventStreams({ pingMs = PING_MS, ownerOf }: EventStreamOptions): EventStreams {
  const limit = streamLimit();
  const sequences = new WeakMap<Request, number>();
  const plugin: Plugin = {
    async onResultProcess({ request, result, setResultProcessor }) {
      const accepts = (request.headers.get("accept") ?? "").toLowerCase().includes("text/event-stream");
      if (!accepts || !(Symbol.asyncIterator in result)) return;
      const results = (result as AsyncIterable<ExecutionResult>)[Symbol.asyncIterator]();
      const opened = limit.open(ownerOf(request));
      if (typeof opened !== "function") {
        await results.return?.();
        return setResultProcessor(() => opened, "text/event-stream");
      }
      const close = async () => {
        opened();
        await results.return?.();
      };
      // A client may go before the first byte is asked for.
      request.signal.addEventListener("abort", opened, { once: true });
      const pull = async () => {
        const { done, value } = await results.next();
        return done ? null : lines(value, sequences.get(request));
      };
      const first = pull();
      const isOver = request.headers.has("last-event-id") && (await Promise.race([first, later(LOOK_MS)])) === null;
      setResultProcessor((_, fetchAPI) => {
        if (isOver) {
          opened();
          return new fetchAPI.Response(null, { status: 204 });
        }
        const body = encode(first, pull, close, pingMs);
        return new fetchAPI.Response(body as unknown as BodyInit, { headers });
      }, "text/event-stream");
    },
    onResponse({ response }) {
      // Also one that says in an event that the request is refused.
      if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return;
      for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
    },
  };
  return { plugin, setSequence: (request, sequence) => void sequences.set(request, sequence) };
}

function lines(result: ExecutionResult, sequence: number | undefined): string {
  const id = sequence === undefined ? "" : `id: ${sequence}\n`;
  return `event: next\n${id}data: ${JSON.stringify({ ...result, errors: result.errors?.map(withoutStatus) })}\n\n`;
}

/** `extensions.http` is meant for the server alone. */
function withoutStatus(error: GraphQLError): GraphQLFormattedError {
  const { extensions: { http: _, ...extensions } = {}, ...rest } = error.toJSON();
  return { ...rest, extensions };
}

function later(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined).unref());
}

/** Pulls an event only when the client has taken those before: for one that does not read it holds two. */
async function* encode(
  first: Promise<string | null>,
  pull: () => Promise<string | null>,
  stop: () => unknown,
  pingMs: number,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  const ping = encoder.encode(":\n\n");
  try {
    // At once, too: some clients take a response for there with its first bytes.
    yield ping;
    for (let next = first; ; next = pull()) {
      let event = await Promise.race([next, later(pingMs)]);
      for (; event === undefined; event = await Promise.race([next, later(pingMs)])) yield ping;
      yield encoder.encode(event ?? "event: complete\ndata:\n\n");
      if (event === null) return;
    }
  } finally {
    await stop();
  }
}
