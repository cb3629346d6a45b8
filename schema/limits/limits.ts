import { type Usage, usage } from "../../lib/explanation/request/ledger.ts";
import { builder, type Limits } from "../builder.ts";

const UsedType = builder.objectRef<Usage>("UsedLimits").implement({
  description: "What an owner uses.",
  fields: (t) => ({ queuedPasses: t.exposeFloat("queuedPasses"), storedBytes: t.exposeFloat("storedBytes") }),
});

const LimitsType = builder.objectRef<Limits>("Limits").implement({
  description: "What you may use, and what of it you use; a limit that is null is none.",
  fields: (t) => ({
    requestsPerMinute: t.int({
      nullable: true,
      description: "Requests to the API a minute; more are answered 429 with `Retry-After`.",
      resolve: ({ requestsPerMinute }) => requestsPerMinute ?? null,
    }),
    openStreams: t.int({
      nullable: true,
      description: "Subscriptions that are open at a time; more are answered 429 with `Retry-After`.",
      resolve: ({ openStreams }) => openStreams ?? null,
    }),
    queuedPasses: t.float({
      nullable: true,
      description: "Passes of the model of all explanations that wait or run, each counted with the most that it may take.",
      resolve: ({ queuedPasses }) => queuedPasses ?? null,
    }),
    storedBytes: t.float({
      nullable: true,
      description: "Bytes of the images and results of what has ended.",
      resolve: ({ storedBytes }) => storedBytes ?? null,
    }),
    used: t.field({
      type: UsedType,
      nullable: true,
      description:
        "What you use, counted where there is a limit of passes or bytes; what has ended lately may still be counted as queued.",
      resolve: ({ queuedPasses, storedBytes }, _, { deps, owner }) =>
        queuedPasses === undefined && storedBytes === undefined ? null : usage(deps.store, owner),
    }),
  }),
});

builder.queryField("limits", (t) =>
  t.field({ type: LimitsType, description: "What you may use.", resolve: (_, __, { limits }) => limits }),
);
