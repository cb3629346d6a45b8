import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface CuttingProxy {
  readonly origin: string;
  /** How many streams of events it has cut so far. */
  readonly cuts: () => number;
  readonly stop: () => Promise<void>;
}

/**
 * Stands before a server, and cuts the first streams of events that pass it: the n-th of them when `cutAfter[n]` events are whole and
 * the next one is there in part. All other connections, and further streams, are left alone.
 */
export async function startCuttingProxy(to: string, cutAfter: readonly number[]): Promise<CuttingProxy> {
  const { hostname, port } = new URL(to);
  const sockets = new Set<Socket>();
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    const ends = [client, upstream];
    const drop = () => ends.forEach((socket) => socket.destroy());
    for (const socket of ends) {
      sockets.add(socket);
      socket.on("error", drop).on("close", () => (drop(), sockets.delete(socket)));
    }
    client.pipe(upstream);
    let answered = "";
    upstream.on("data", (chunk: Buffer) => {
      const before = answered.length;
      answered += chunk.toString("latin1");
      const end = placeOfCut(answered, cutAfter[cuts]);
      if (end === null) return void client.write(chunk);
      cuts++;
      upstream.pause();
      client.write(chunk.subarray(0, Math.max(0, end - before)), drop);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cuts: () => cuts,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** In the middle of the event after the first `whole` ones of the last answer; null where that is not there yet. */
function placeOfCut(answered: string, whole: number | undefined): number | null {
  const stream = answered.toLowerCase().lastIndexOf("content-type: text/event-stream");
  if (stream < 0 || whole === undefined) return null;
  const events = [...answered.slice(stream).matchAll(/event: next\nid: \d+\ndata: \{"data"/g)];
  const next = events[whole];
  return next ? stream + next.index + next[0].length : null;
}
