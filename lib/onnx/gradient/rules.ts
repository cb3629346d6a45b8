import type { Rules } from "./rule.ts";
import { ACTIVATIONS } from "./rules/activations.ts";
import { ARITHMETIC } from "./rules/arithmetic.ts";
import { CONVOLUTIONS } from "./rules/convolutions.ts";
import { INDEXING } from "./rules/indexing.ts";
import { LAYOUT } from "./rules/layout.ts";
import { NORMALISATIONS } from "./rules/normalisations.ts";
import { PRODUCTS } from "./rules/products.ts";
import { REDUCTIONS } from "./rules/reductions.ts";

/** What these make has no gradient: shapes, truth values, positions, and steps, whose slope is 0. */
const STOPS = Object.fromEntries(
  (
    "Shape Size ConstantOfShape Equal Greater GreaterOrEqual Less LessOrEqual Not And Or Xor IsNaN IsInf " +
    "ArgMax ArgMin NonZero OneHot Sign Floor Ceil Round"
  )
    .split(" ")
    .map((operator) => [operator, "stop"] as const),
);

/** How every operator is differentiated: ∂L/∂x from x, y = f(x) and ∂L/∂y. */
export const RULES: Rules = {
  ...STOPS,
  ...ARITHMETIC,
  ...ACTIVATIONS,
  ...PRODUCTS,
  ...CONVOLUTIONS,
  ...NORMALISATIONS,
  ...REDUCTIONS,
  ...LAYOUT,
  ...INDEXING,
};
