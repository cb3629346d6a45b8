import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inspectSource } from "../../lib/vit/catalog/add.ts";
import type { Facts } from "../../lib/vit/catalog/facts.ts";
import { findModel } from "../../lib/vit/catalog/model-source.ts";
import { reference } from "./reference.ts";

/** What is true of a model: what must be found, that it must be refused, or that it may be. */
interface Expected {
  readonly grid?: readonly [number, number];
  readonly prefix?: number;
  readonly output?: string;
  readonly classes?: number;
  readonly refuse?: string;
  readonly orRefuse?: boolean;
}

const folder = join(reference, "cases", "models");
const isThere = reference !== "" && existsSync(join(folder, "expected.json"));
const cases: readonly (readonly [string, Expected])[] = isThere
  ? Object.entries(JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")))
  : [];

/** What files do not say. */
const STATED: Readonly<Record<string, Facts>> = { in_dynhw: { size: { height: 64, width: 64 } } };

describe.skipIf(!isThere)("Small models of many kinds (VITCX_REFERENCE/cases/models)", () => {
  test("are there", () => {
    expect(cases.length).toBeGreaterThan(0);
  });

  test.for(cases)("%s is read rightly, or refused in a sentence", async ([name, expected]) => {
    const source = await findModel(join(folder, `${name}.onnx`));
    const inspection = inspectSource(source, STATED[name] ?? {}, { threads: 1 });
    const refused = await inspection.then(
      () => false,
      (error: { code?: string; message: string }) => {
        expect(error.code).toBe("MODEL_UNUSABLE");
        return expected.refuse !== undefined || expected.orRefuse === true || error.message;
      },
    );
    if (refused !== false) {
      expect(refused).toBe(true);
      return;
    }
    expect(expected.refuse).toBeUndefined();
    const { embedding, output, placeCheck } = await inspection;
    const found = { grid: embedding.grid, prefix: embedding.prefixTokens, output: output.kind, classes: output.classes };
    const { grid = found.grid, prefix = found.prefix, output: kind = found.output, classes = found.classes } = expected;
    expect(found).toEqual({ grid, prefix, output: kind, classes });
    expect(placeCheck.share).toBeGreaterThanOrEqual(0.6);
  });
});
