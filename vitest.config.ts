import { defineConfig } from "vitest/config";

export default defineConfig({
  // One copy of graphql for everybody: some packages would load it as ESM and some as CommonJS.
  resolve: { mainFields: ["main"], alias: { graphql: "graphql/index.js" } },
  test: {
    testTimeout: 30_000,
    projects: [
      { extends: true, test: { name: "unit", include: ["test/**/*.test.ts"], exclude: ["test/real/**"] } },
      // Needs files that are not in the repository: see test/real/reference.ts.
      { extends: true, test: { name: "real", include: ["test/real/**/*.test.ts"], testTimeout: 120_000 } },
    ],
  },
});
