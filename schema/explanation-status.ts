import { builder } from "./builder.ts";

export const ExplanationStatusType = builder.enumType("ExplanationStatus", {
  values: {
    QUEUED: { description: "Accepted; a worker will take it." },
    RUNNING: { description: "A worker computes." },
    SUCCEEDED: { description: "All results can be read." },
    FAILED: { description: "It cannot be done; `error` says why." },
    CANCELED: { description: "Stopped by `cancelExplanation` before its map was final." },
  } as const,
});
