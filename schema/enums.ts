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

export const MethodType = builder.enumType("Method", {
  values: {
    VIT_CX: { description: "Xie, Li, Cao, Zhang: ViT-CX: Causal Explanation of Vision Transformers. IJCAI 2023." },
    OCCLUSION: {
      description:
        "Zeiler, Fergus: Visualizing and Understanding Convolutional Networks. ECCV 2014. How much the probability drops where a window is hidden.",
    },
    RISE: {
      description:
        "Petsiuk, Das, Saenko: RISE: Randomized Input Sampling for Explanation of Black-box Models. BMVC 2018. The mean probability over random masks that leave a pixel visible.",
    },
    SCORE_CAM: {
      description:
        "Wang et al.: Score-CAM. CVPR workshops 2020. All embedding maps as masks, weighted by their probability, without noise or correction.",
    },
    RANDOM: { description: "A control that knows nothing: every pixel its own random number." },
    CENTRE_GAUSSIAN: { description: "A control that does not look: a bump in the middle of the image." },
  } as const,
});

export const MaskSourceType = builder.enumType("MaskSource", {
  description: "Which masks ViT-CX scores; all but MERGED are ablations of its paper's Table 2.",
  values: {
    MERGED: { value: "merged", description: "One for each cluster of embedding maps: the paper's method." },
    ALL: { value: "all", description: "Every embedding map's: variant 1." },
    RANDOM: { value: "random", description: "As many random ones as there are clusters: variant 2." },
  } as const,
});
