import { defineConfig } from "vitest/config";

export default defineConfig({
  // One copy of graphql for everybody: some packages would load it as ESM and some as CommonJS.
  resolve: { mainFields: ["main"], alias: { graphql: "graphql/index.js" } },
  test: {
    testTimeout: 30_000,
    // Hooks start servers and remove folders, which takes long on a machine that has other work.
    hookTimeout: 120_000,
    maxWorkers: "100%",
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [
            "test/{real,aws,lambda,infra,package,cli,service,clients,proxies,built-images}/**",
            "test/evaluation/{ask-there,unattended}.test.ts",
            "test/**/*.browser.test.ts",
          ],
        },
      },
      // The vitcx command and the service as their users start them, and runs that wait for a failing server: minutes together.
      {
        extends: true,
        test: {
          name: "commands",
          include: ["test/{cli,service}/**/*.test.ts", "test/evaluation/{ask-there,unattended}.test.ts"],
        },
      },
      // The programs of docs/clients, against a service as a process.
      { extends: true, test: { name: "clients", include: ["test/clients/**/*.test.ts"] } },
      // The service behind nginx and Caddy; names what is left out where these, or Chromium, are missing. Needs the page built.
      { extends: true, test: { name: "proxies", include: ["test/proxies/**/*.test.ts"] } },
      // The bundles, and the whole service as processes over local servers of S3 and SQS.
      { extends: true, test: { name: "cloud", include: ["test/{aws,lambda}/**/*.test.ts"] } },
      // Packs the package and installs it in a folder of its own.
      { extends: true, test: { name: "package", include: ["test/package/**/*.test.ts"], testTimeout: 120_000 } },
      // The images that are deployed, built without Docker and started. Says by name what it leaves out where there is no buildah.
      {
        extends: true,
        test: {
          name: "image",
          include: ["test/built-images/**/*.test.ts"],
          globalSetup: "test/built-images/setup.ts",
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 900_000,
        },
      },
      // Needs Chromium, and the page built.
      { extends: true, test: { name: "browser", include: ["test/**/*.browser.test.ts"] } },
      // Says by name what it leaves out where SST's platform is not installed: see docs/deploy.md.
      { extends: true, test: { name: "infra", include: ["test/infra/**/*.test.ts"], globalSetup: "test/infra/build-page.ts" } },
      // Needs files that are not in the repository: see test/real/reference.ts.
      { extends: true, test: { name: "real", include: ["test/real/**/*.test.ts"], testTimeout: 120_000 } },
    ],
  },
});
