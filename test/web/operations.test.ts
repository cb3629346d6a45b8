import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { printOperations } from "../../schema/print-operations.ts";

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

test("the page's operations fit the schema, and their types are up to date", async () => {
  const printed = await printOperations(await read("schema/schema.graphql"), await read("web/api/operations.graphql"));
  expect(await read("web/api/operations.ts"), "run `npm run schema`").toBe(printed);
});

test("an operation that does not fit the schema is refused", async () => {
  await expect(printOperations(await read("schema/schema.graphql"), "query Wrong { nothing }")).rejects.toThrow();
});
