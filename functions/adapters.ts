import type { Desk } from "../lib/explanation/desk.ts";
import { filesystemQueue } from "../lib/queue/filesystem-queue.ts";
import { filesystemStore } from "../lib/storage/filesystem-store.ts";
import { readCatalog } from "../lib/vit/catalog.ts";
import type { Config } from "./config.ts";

/** The one place that names adapters: the store and the queue that the configuration asks for, and the models. */
export async function openDesk(config: Config): Promise<Desk> {
  const queue = filesystemQueue(`${config.VITCX_DATA}/queue`, { leaseMs: config.VITCX_LEASE_SECONDS * 1000 });
  return { store: filesystemStore(`${config.VITCX_DATA}/store`), queue, catalog: await readCatalog(config.VITCX_MODELS) };
}
