import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RULES } from "../../../lib/onnx/gradient/rules.ts";
import { checkRule } from "./check-rule.ts";
import { LAYOUT_CASES } from "./layout-cases.ts";
import { NUMBER_CASES } from "./number-cases.ts";
import { PRODUCT_CASES } from "./product-cases.ts";

const CASES = { ...NUMBER_CASES, ...PRODUCT_CASES, ...LAYOUT_CASES };
const RUNS = Number(process.env["PROPERTY_RUNS"] ?? 8);

describe("each rule equals central differences, on random shapes and broadcasts", () => {
  for (const [operator, cases] of Object.entries(CASES)) {
    test(operator, async () => {
      for (const rule of [cases].flat()) {
        await fc.assert(
          fc.asyncProperty(rule, fc.nat(1e6), (drawn, seed) => checkRule(drawn, seed)),
          { numRuns: RUNS },
        );
      }
    });
  }
});

test("every operator that has a rule is among them", () => {
  const ruled = Object.entries(RULES).filter(([, rule]) => rule !== "stop");
  expect(Object.keys(CASES).toSorted()).toEqual(ruled.map(([operator]) => operator).toSorted());
});
