import { z } from "zod";

const schema = z.object({
  kind: z.literal("DELETED"),
  time: z.iso.datetime(),
  owner: z.string(),
  created: z.iso.datetime().transform((time) => new Date(time)),
  image: z.exactOptional(z.object({ sha256: z.string(), bytes: z.int() })),
});

/** What stands in place of a log while its explanation is deleted: all that is needed to go on with it. */
export interface Tombstone {
  readonly id: string;
  readonly owner: string;
  /** When the explanation was asked for, which its entry in the history says, too. */
  readonly created: Date;
  /** The image that it was of; unknown where the log was damaged. */
  readonly image?: { readonly sha256: string; readonly bytes: number };
  readonly etag: string;
}

const BEGINNING = '{"kind":"DELETED"';

/** The tombstone that a log's lines are; null where they are a log's. */
export function parseTombstone(id: string, lines: readonly string[], etag: string): Tombstone | null {
  const [line = ""] = lines;
  if (lines.length !== 1 || !line.startsWith(BEGINNING)) return null;
  const { success, data } = schema.safeParse(JSON.parse(line));
  return success ? { id, owner: data.owner, created: data.created, ...(data.image && { image: data.image }), etag } : null;
}

export function writeTombstone({ owner, created, image }: Omit<Tombstone, "id" | "etag">): Uint8Array {
  const time = new Date().toISOString();
  return new TextEncoder().encode(`${JSON.stringify({ kind: "DELETED", time, owner, created: created.toISOString(), image })}\n`);
}
