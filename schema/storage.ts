import type { StorageUsage } from "../lib/explanation/keep/usage.ts";
import { builder } from "./builder.ts";

const StorageType = builder.objectRef<StorageUsage>("Storage").implement({
  description: "How much the service's folder holds, of all who use it, and how long explanations are kept there.",
  fields: (t) => ({
    usedBytes: t.exposeFloat("usedBytes", { description: "What explanations and uploads take on the disk: bytes." }),
    measuredAt: t.expose("measuredAt", { type: "DateTime", description: "When that was counted." }),
    freeBytes: t.exposeFloat("freeBytes", { description: "What the disk has left: bytes." }),
    maxBytes: t.exposeFloat("maxBytes", {
      nullable: true,
      description:
        "The most that is kept: bytes (VITCX_MAX_STORED_GB). Above it the oldest explanations are deleted. Null: no limit.",
    }),
    keepDays: t.exposeFloat("keepDays", {
      nullable: true,
      description: "After how many days without a change an explanation is deleted (VITCX_KEEP_DAYS). Null: never.",
    }),
  }),
});

builder.queryField("storage", (t) =>
  t.field({
    type: StorageType,
    nullable: true,
    description: "What the service's folder holds; null until it was counted, and for a bucket.",
    resolve: (_, __, { deps }) => deps.usage?.() ?? null,
  }),
);
