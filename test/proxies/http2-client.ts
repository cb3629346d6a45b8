import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import type { Proxy } from "./proxy.ts";

export interface Http2Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** A thing that came, and when: milliseconds since 1970. */
export interface Arrival {
  readonly line: string;
  readonly at: number;
}

/** One connection of HTTP/2, as a browser has for all of its tabs. */
export class Http2Client {
  readonly origin: string;
  readonly #session: ClientHttp2Session;

  constructor({ origin, certificate }: Proxy) {
    this.origin = origin;
    this.#session = connect(origin, { ca: certificate });
    this.#session.on("error", () => undefined);
  }

  async send(method: string, path: string, headers: Record<string, string>, body: Uint8Array | string): Promise<Http2Answer> {
    // As browsers and curl say it.
    const length = { "content-length": Buffer.byteLength(body) };
    const request = this.#session.request({ ":method": method, ":path": path, ...length, ...headers });
    request.end(body);
    const [answer] = (await once(request, "response")) as [Record<string, string | number>];
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    return { status: Number(answer[":status"]), contentType: String(answer["content-type"]), text };
  }

  async ask<Data>(query: string, variables: object = {}): Promise<Data> {
    const body = JSON.stringify({ query, variables });
    const { text } = await this.send("POST", "/graphql", { "content-type": "application/json" }, body);
    const { data, errors } = JSON.parse(text) as { data: Data; errors?: { message: string }[] };
    if (errors) throw new Error(errors[0]!.message);
    return data;
  }

  /** The lines of an explanation's event stream as they come, until the stream ends or the loop is left. */
  async *follow(id: string): AsyncGenerator<Arrival> {
    const query = "subscription ($id: ID!) { explanationProgress(id: $id) { __typename sequence time } }";
    const body = JSON.stringify({ query, variables: { id } });
    const headers = { "content-type": "application/json", "content-length": body.length, accept: "text/event-stream" };
    const request = this.#session.request({ ":method": "POST", ":path": "/graphql", ...headers });
    request.end(body);
    const [answer] = (await once(request, "response")) as [Record<string, string | number>];
    if (answer[":status"] !== 200) throw new Error(`The subscription was answered ${answer[":status"]}`);
    let rest = "";
    for await (const chunk of request.setEncoding("utf8")) {
      const at = Date.now();
      const lines = (rest + (chunk as string)).split("\n");
      rest = lines.pop()!;
      for (const line of lines) yield { line, at };
    }
  }

  close(): void {
    this.#session.destroy();
  }
}
