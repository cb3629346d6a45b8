import { builder } from "./builder.ts";

export const ExplanationStatusType = builder.enumType("ExplanationStatus", {
  values: {
    QUEUED: { description: "Accepted; a worker will take it." },
    RUNNING: { description: "A worker computes." },
    SUCCEEDED: { description: "All results can be read." },
    FAILED: { description: "It cannot be done; `error` says why." },
    CANCELED: { description: "Stopped by `cancelExplanation`." },
  } as const,
});

export const MethodType = builder.enumType("Method", {
  values: {
    VIT_CX: { description: "Xie, Li, Cao, Zhang: ViT-CX: Causal Explanation of Vision Transformers. IJCAI 2023." },
  } as const,
});
