import { addKey, type KeyList, limitOwner, readKeyList, removeKeys } from "../../functions/access/key-list.ts";
import type { OwnerLimits } from "../../functions/access/limits.ts";
import { openStore } from "../../functions/adapters.ts";
import { readConfig } from "../../functions/config.ts";
import type { ObjectStore } from "../../lib/storage/object-store.ts";

interface StoreFlags {
  readonly data?: string;
}

export interface LimitFlags extends StoreFlags {
  readonly queuedPasses?: number;
  readonly requestsPerMinute?: number;
  readonly openStreams?: number;
  readonly storedMb?: number;
}

/** How much of a hash is shown, and names a key: digits. */
const SHOWN = 12;

export async function add(owner: string, flags: StoreFlags): Promise<string> {
  const key = await addKey(await storeOf(flags), owner);
  console.error(`A key of ${owner}, which is shown only now; send it as the header x-api-key:`);
  return key;
}

export async function list(flags: StoreFlags & { readonly json?: true }): Promise<string> {
  const stored = await readKeyList(await storeOf(flags));
  const { keys, limits }: Pick<KeyList, "keys" | "limits"> =
    stored === null || stored === "unchanged" ? { keys: [], limits: {} } : stored.list;
  if (flags.json) return JSON.stringify({ keys, limits }, null, 2);
  if (keys.length === 0) return "There are no keys; make one with vitcx keys add OWNER.";
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join("  ")
      .trimEnd();
  const rows = [
    ["owner", "hash", "made", "limits"],
    ...keys.map(({ owner, sha256, created }) => [owner, sha256.slice(0, SHOWN), created.slice(0, 10), limitsText(limits[owner])]),
  ];
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map(line).join("\n");
}

export async function remove(ownerOrHash: string, flags: StoreFlags): Promise<string> {
  const removed = await removeKeys(await storeOf(flags), ownerOrHash);
  return `${removed} ${removed === 1 ? "key has" : "keys have"} ended.`;
}

export async function limit(
  owner: string,
  { queuedPasses, requestsPerMinute, openStreams, storedMb, ...flags }: LimitFlags,
): Promise<string> {
  const limits: OwnerLimits = {
    ...(queuedPasses && { queuedPasses }),
    ...(requestsPerMinute && { requestsPerMinute }),
    ...(openStreams && { openStreams }),
    ...(storedMb && { storedBytes: Math.round(storedMb * 1e6) }),
  };
  const isNone = Object.keys(limits).length === 0;
  await limitOwner(await storeOf(flags), owner, isNone ? null : limits);
  return `${owner}: ${isNone ? "what everybody may use" : limitsText(limits)}.`;
}

function limitsText(limits: OwnerLimits | undefined): string {
  if (limits === undefined) return "";
  const { queuedPasses, requestsPerMinute, openStreams, storedBytes } = limits;
  return [
    ...(queuedPasses ? [`${queuedPasses} queued passes`] : []),
    ...(requestsPerMinute ? [`${requestsPerMinute} requests a minute`] : []),
    ...(openStreams ? [`${openStreams} subscriptions at a time`] : []),
    ...(storedBytes ? [`${storedBytes / 1e6} MB`] : []),
  ].join(", ");
}

async function storeOf({ data }: StoreFlags): Promise<ObjectStore> {
  const config = readConfig();
  return openStore(data === undefined ? config : { ...config, VITCX_DATA: data, VITCX_BUCKET: undefined }, undefined);
}
