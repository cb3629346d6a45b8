import { readFile } from "node:fs/promises";
import { parse, validate } from "graphql";
import { expect, test } from "vitest";
import { schema } from "../../schema/schema.ts";

const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
const blocks = [...readme.matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, operation]) => operation!);

test.each(blocks)("The README's operation is one that the API takes: %s", (operation) => {
  expect(validate(schema, parse(operation))).toEqual([]);
});

test("The README has operations", () => expect(blocks.length).toBeGreaterThan(1));
