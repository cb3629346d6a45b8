import { writeFileSync } from "node:fs";
import { pages } from "./pages.ts";

/** Writes the reference pages into docs: `npm run docs`. */
for (const [name, textOf] of Object.entries(pages)) writeFileSync(new URL(`../${name}`, import.meta.url), textOf());
