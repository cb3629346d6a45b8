import { defineConfig } from "vite";

const server = "http://127.0.0.1:4000";

/** The page: built from web/ into web/dist, which functions/http/page.ts serves. */
export default defineConfig({
  root: "web",
  build: {
    emptyOutDir: true,
    // Everything is a file of its own, named by its content: nothing inline, so the content security policy can be strict.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
  },
  server: { port: 4001, proxy: Object.fromEntries(["/graphql", "/files", "/uploads"].map((path) => [path, server])) },
});
