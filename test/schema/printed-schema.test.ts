import { readFile } from "node:fs/promises";
import { lexicographicSortSchema, printSchema } from "graphql";
import { expect, test } from "vitest";
import { schema } from "../../schema/schema.ts";

test("schema.graphql is the schema that is served: npm run schema writes it", async () => {
  const printed = await readFile(new URL("../../schema/schema.graphql", import.meta.url), "utf8");
  expect(printed).toBe(`${printSchema(lexicographicSortSchema(schema))}\n`);
});
