import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { pages } from "../../docs/reference/pages.ts";

test.each(Object.entries(pages))("docs/%s is up to date: `npm run docs` writes it", (name, textOf) => {
  expect(readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8")).toBe(textOf());
});
