/**
 * Stands in for what AWS has in its Lambda images: finds the handler, and asks Lambda's runtime interface for one invocation after the
 * other (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). It takes no handler that AWS's would not find.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const {
  AWS_LAMBDA_RUNTIME_API: api,
  LAMBDA_TASK_ROOT: root,
  _HANDLER = process.argv[2],
  AWS_LAMBDA_LOG_STREAM_NAME,
} = process.env;
const url = (path) => `http://${api}/2018-06-01/runtime/${path}`;

/** Tells Lambda, which takes 202 for an answer and nothing else. */
async function tell(path, body, headers = {}) {
  const answer = await fetch(url(path), { method: "POST", body: JSON.stringify(body), headers });
  if (answer.status !== 202) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}

const told = (error) => [
  {
    errorType: error?.name ?? "Error",
    errorMessage: String(error?.message ?? error),
    stackTrace: String(error?.stack).split("\n"),
  },
  { "lambda-runtime-function-error-type": `Runtime.${error?.name ?? "Error"}` },
];

async function load() {
  const [, module, name] = /^([^.]+)\.([^.]+)$/.exec(_HANDLER) ?? [];
  if (module === undefined) throw new Error(`Expected a handler as file.function, got ${_HANDLER}`);
  const file = ["", ".js", ".mjs", ".cjs"].map((extension) => join(root, module + extension)).find((path) => existsSync(path));
  if (file === undefined) throw new Error(`Cannot find module ${module}`);
  const { [name]: handler } = await import(pathToFileURL(file).href);
  if (typeof handler !== "function") throw new Error(`${_HANDLER} is undefined or not exported`);
  return handler;
}

const handler = await load().catch(async (error) => {
  await tell("init/error", ...told(error));
  process.exit(1);
});
for (;;) {
  const next = await fetch(url("invocation/next"));
  const id = next.headers.get("lambda-runtime-aws-request-id");
  const deadline = Number(next.headers.get("lambda-runtime-deadline-ms"));
  const context = {
    awsRequestId: id,
    logStreamName: AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: next.headers.get("lambda-runtime-invoked-function-arn"),
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  try {
    await tell(`invocation/${id}/response`, await handler(await next.json(), context));
  } catch (error) {
    await tell(`invocation/${id}/error`, ...told(error));
  }
}
