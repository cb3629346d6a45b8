import { createHash } from "node:crypto";
import type { GraphqlClient } from "./graphql-client.ts";

interface CreatedUpload {
  readonly createUpload: {
    readonly id: string;
    readonly url: string;
    readonly headers: readonly { readonly name: string; readonly value: string }[];
  };
}

/** How many images are remembered: those of the tasks in hand, and some more. */
const REMEMBERED = 200;

/** Milliseconds for which an upload is named again; the service keeps it for a day. */
const GOOD_MS = 12 * 3_600_000;

export interface Uploads {
  /** The id of an upload of these bytes: the same one each time. */
  readonly idOf: (bytes: Uint8Array) => Promise<string>;
  /** The service does not know it any more. */
  readonly forget: (bytes: Uint8Array) => void;
}

/** Sends each image once, however many questions there are about it. */
export function uploadOnce(client: GraphqlClient): Uploads {
  const known = new Map<string, { readonly id: Promise<string>; readonly until: number }>();

  function idOf(bytes: Uint8Array): Promise<string> {
    const digest = digestOf(bytes);
    const found = known.get(digest);
    if (found && found.until > Date.now()) return found.id;
    const id = send(bytes);
    known.delete(digest);
    known.set(digest, { id, until: Date.now() + GOOD_MS });
    id.catch(() => known.delete(digest));
    if (known.size > REMEMBERED) known.delete(known.keys().next().value!);
    return id;
  }

  async function send(bytes: Uint8Array): Promise<string> {
    const mutation = "mutation ($bytes: Int!) { createUpload(input: { bytes: $bytes }) { id url headers { name value } } }";
    const { createUpload } = await client.ask<CreatedUpload>(mutation, { bytes: bytes.length });
    await client.put(createUpload.url, createUpload.headers, bytes);
    return createUpload.id;
  }

  return { idOf, forget: (bytes) => void known.delete(digestOf(bytes)) };
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
