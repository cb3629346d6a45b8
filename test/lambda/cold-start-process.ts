// Loads a bundled handler as Lambda does and prints the milliseconds until it could be called and until its first answer ended,
// both from the beginning of the process. Argument: the bundle's file.
import { pathToFileURL } from "node:url";
import { installLambdaRuntime, startFunctionUrl } from "./function-url.ts";

const [file = ""] = process.argv.slice(2);
installLambdaRuntime();
const ownMs = performance.now();
const { handler } = await import(pathToFileURL(file).href);
const loadedMs = performance.now();
const { url, stop } = await startFunctionUrl(handler);
const answer = await fetch(`${url}/graphql`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ query: "{ models { id } }" }),
});
const body = await answer.text();
console.log(JSON.stringify({ loadedMs: loadedMs - ownMs, answeredMs: performance.now() - ownMs, status: answer.status, body }));
await stop();
process.exit(0);
