import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const pages = ["SECURITY.md", "README.md", "CONTRIBUTING.md", "docs/clients.md", "docs/behind-a-proxy.md"];

test.each(pages)("the files that %s links to are there", async (page) => {
  const text = await readFile(new URL(page, root), "utf8");
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link]) => link!);
  expect(links.filter((link) => !existsSync(new URL(link, new URL(page, root))))).toEqual([]);
  if (page !== "CONTRIBUTING.md" && page !== "docs/behind-a-proxy.md") expect(links.length).toBeGreaterThan(3);
});
