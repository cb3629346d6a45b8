import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { createClient } from "graphql-sse";

/** An event of an explanation as the service tells it; the fields of other kinds are absent. */
export interface ServiceEvent {
  readonly kind: string;
  readonly sequence: number;
  readonly time: string;
  readonly worker?: string;
  readonly reason?: string;
  readonly done?: number;
  readonly total?: number;
}

/** How many of the events are of a kind. */
export function countOf(events: readonly ServiceEvent[], wanted: string): number {
  return events.filter(({ kind }) => kind === wanted).length;
}

/** The ids of the processes that worked, in order. */
export function workerPids(events: readonly ServiceEvent[]): number[] {
  return events.flatMap(({ worker }) => (worker ? Number(worker.slice(worker.lastIndexOf("-") + 1)) : []));
}

const headers = { "x-graphql-yoga-csrf": "1" };
const eventFields = `
  kind: __typename sequence time
  ... on StartedEvent { worker } ... on ReleasedEvent { reason } ... on ScoredEvent { done total }`;

/** What the service at an origin can be asked. */
export class Client {
  readonly origin: string;
  readonly #headers: Record<string, string>;

  constructor(origin: string, key?: string) {
    this.origin = origin;
    this.#headers = key === undefined ? headers : { ...headers, "x-api-key": key };
  }

  /** Throws the first of the errors that the service answers with. */
  async ask<Data>(query: string, variables: object = {}): Promise<Data> {
    return this.#post<Data>(JSON.stringify({ query, variables }), { ...this.#headers, "content-type": "application/json" });
  }

  /** Sends an image file and the rest of the input as a multipart request; the explanation's id. */
  async explainImage(file: URL, input: object = {}): Promise<string> {
    return this.explain(new Blob([await readFile(file)]), input, basename(file.pathname));
  }

  /** The same for the bytes of an image. */
  async explain(image: Blob, input: object = {}, name = "image"): Promise<string> {
    const form = new FormData();
    const query = "mutation ($input: ExplainImageInput!) { explainImage(input: $input) { id } }";
    form.set("operations", JSON.stringify({ query, variables: { input: { ...input, image: null } } }));
    form.set("map", JSON.stringify({ image: ["variables.input.image"] }));
    form.set("image", image, name);
    const { explainImage } = await this.#post<{ explainImage: { id: string } }>(form, this.#headers);
    return explainImage.id;
  }

  /** The subscription `explanationProgress`; leaving the loop ends it, and a lost connection is an error. */
  async *follow(id: string, after = 0): AsyncGenerator<ServiceEvent> {
    const sse = createClient({ url: `${this.origin}/graphql`, headers: this.#headers, retryAttempts: 0 });
    const query = `subscription ($id: ID!, $after: Int!) { explanationProgress(id: $id, after: $after) {${eventFields}} }`;
    for await (const { data, errors } of sse.iterate<{ explanationProgress: ServiceEvent }>({
      query,
      variables: { id, after },
    })) {
      if (!data) throw new Error(errors?.[0]?.message ?? "The subscription told nothing");
      yield data.explanationProgress;
    }
  }

  /** Follows an explanation to its end; all events after the given one. */
  async followToEnd(id: string, after = 0): Promise<ServiceEvent[]> {
    const events: ServiceEvent[] = [];
    for await (const event of this.follow(id, after)) events.push(event);
    return events;
  }

  /** Follows an explanation until some of its masks are scored but not all; all events until then. */
  async followIntoTheMiddle(id: string): Promise<ServiceEvent[]> {
    const events: ServiceEvent[] = [];
    for await (const event of this.follow(id)) {
      events.push(event);
      if (event.kind === "ScoredEvent" && event.done! < event.total!) return events;
    }
    throw new Error("The explanation ended before its middle");
  }

  /** What there is at a URL or a path of the service. */
  async download(url: string): Promise<Uint8Array> {
    const response = await fetch(new URL(url, this.origin));
    if (!response.ok) throw new Error(`GET ${url}: ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }

  async #post<Data>(body: string | FormData, headers: Record<string, string>): Promise<Data> {
    const response = await fetch(`${this.origin}/graphql`, { method: "POST", body, headers });
    const { data, errors } = (await response.json()) as { data: Data; errors?: { message: string }[] };
    if (errors) throw new Error(errors[0]!.message);
    return data;
  }
}
