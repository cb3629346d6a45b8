// The API's bundle behind a Function URL, whose URL it prints. Argument: the bundle's file.
import { pathToFileURL } from "node:url";
import { installLambdaRuntime, startFunctionUrl } from "./function-url.ts";

const [file = ""] = process.argv.slice(2);
installLambdaRuntime();
const { handler } = await import(pathToFileURL(file).href);
const { url } = await startFunctionUrl(handler);
console.log(url);
process.stdin.on("end", () => process.exit(0)).resume();
