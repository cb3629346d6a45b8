import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** These are about the connection, which is Lambda's. */
const connectionHeaders = new Set(["connection", "content-length", "transfer-encoding"]);

/**
 * Sends a response through Lambda's response stream. Lambda never says that a client has gone, and bills on: so an event stream
 * ends when `deadline` aborts, without the event that tells a client that nothing more will come, and the client resumes.
 */
export async function sendResponse(
  response: Response,
  stream: awslambda.HttpResponseStream,
  deadline: AbortSignal,
): Promise<void> {
  const headers = Object.fromEntries([...response.headers].filter(([name]) => !connectionHeaders.has(name)));
  const metadata = { statusCode: response.status, headers };
  const out: Writable = awslambda.HttpResponseStream.from(stream, metadata);
  const streams = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  const body = chunksOf(response.body, streams ? deadline : undefined);
  // The metadata goes out with the first write, so there has to be one.
  out.write("");
  await pipeline(body, out);
}

async function* chunksOf(body: Response["body"], deadline: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  const passed = new Promise<"passed">((resolve) => deadline?.addEventListener("abort", () => resolve("passed"), { once: true }));
  while (!deadline?.aborted) {
    const next = await Promise.race([reader.read(), passed]);
    if (next === "passed") break;
    if (next.done) return;
    yield next.value;
  }
  await reader.cancel();
}
