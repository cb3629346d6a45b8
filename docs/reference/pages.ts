import { clientsPage } from "./clients-page.ts";
import { methodsPage } from "./methods-page.ts";
import { metricsPage } from "./metrics-page.ts";

/** The pages that are written from the registries, and from programs that the tests run: their files' names and texts. */
export const pages: Readonly<Record<string, () => string>> = {
  "clients.md": clientsPage,
  "methods.md": methodsPage,
  "metrics.md": metricsPage,
};
