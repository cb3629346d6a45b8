/**
 * Streams that all tabs of this browser may have open together. A browser has six connections to a server of HTTP/1.1, for all of its tabs,
 * and questions need some of them.
 */
const MOST = 4;

/** How long other tabs have to say that they stream: milliseconds. */
const ANSWER_MS = 200;

/** `from` asks whether it may stream, or says to `to` that it streams itself. */
interface Message {
  readonly from: number;
  readonly to?: number;
}

/**
 * Asks the other tabs for one of the streams. Gives what ends the use of it, or null where all are in use. Needs no tab to lead the others,
 * and what a tab held that has crashed is free. Of tabs that ask at a time those with the smallest numbers stream. Over HTTP/2
 * there is always another stream.
 */
export async function takeStream(): Promise<(() => void) | null> {
  if (isMultiplexed()) return () => undefined;
  const channel = new BroadcastChannel("vitcx:streams");
  const self = Math.random();
  const inUse = new Set<number>();
  let streams = false;
  channel.addEventListener("message", ({ data: { from, to } }: MessageEvent<Message>) => {
    if (to === self) inUse.add(from);
    else if (to !== undefined) return;
    else if (streams || self < from) channel.postMessage({ from: self, to: from } satisfies Message);
    else inUse.add(from);
  });
  channel.postMessage({ from: self } satisfies Message);
  await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
  streams = inUse.size < MOST;
  if (streams) return () => channel.close();
  channel.close();
  return null;
}

/** Whether the page came over HTTP/2 or later, which has many streams on a connection. */
function isMultiplexed(): boolean {
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return /^h[23]/.test(navigation?.nextHopProtocol ?? "");
}
