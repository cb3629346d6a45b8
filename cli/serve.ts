import { buildPage } from "./build-page.ts";

/** `npm start`: the page, built where need be, and then the server. */
await buildPage();
await import("../functions/server.ts");
