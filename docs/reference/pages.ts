import { methodsPage } from "./methods-page.ts";
import { metricsPage } from "./metrics-page.ts";

/** The reference pages that are written from the registries: their files' names and texts. */
export const pages: Readonly<Record<string, () => string>> = {
  "methods.md": methodsPage,
  "metrics.md": metricsPage,
};
