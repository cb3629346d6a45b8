import type { ExplainOptions } from "./explain.ts";

/**
 * The paper's ablations (Table 2) by the number of the variant: what each changes in the method's options. An undebiased score is
 * the method without noise: f(y|X) and f(y|X + 0) cancel, and s is f(y|X∘M).
 */
export const ablations: Record<1 | 2 | 3 | 4 | 5, Partial<ExplainOptions>> = {
  1: { masks: "all" },
  2: { masks: "random" },
  3: { noiseSd: 0 },
  4: { corrected: false },
  5: { noiseSd: 0, corrected: false },
};
