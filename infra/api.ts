import { existsSync, readdirSync, readFileSync } from "node:fs";
import { roleOf } from "./role.ts";
import type { StageOptions } from "./stage.ts";
import { type Storage, storageVariables, storeStatements } from "./storage.ts";

/** The API: a Lambda function that streams, behind a Function URL. It stays outside of any VPC, from within which none streams. */
export function api(store: Storage, { origins }: Pick<StageOptions, "origins">) {
  const keys = new sst.Secret("ApiKeys");
  return new sst.aws.Function("Api", {
    handler: "functions/graphql.handler",
    runtime: "nodejs24.x",
    architecture: "arm64",
    memory: "1769 MB", // a whole CPU
    timeout: "2 minutes",
    streaming: true,
    // CORS is the application's: one place that knows the headers.
    url: { authorization: "none", cors: false },
    nodejs: { install: versionsOf("sharp", "@graphql-yoga/render-graphiql") },
    copyFiles: manifests(),
    environment: {
      ...storageVariables(store),
      VITCX_API_KEYS: keys.value,
      VITCX_MODELS: "models",
      VITCX_ORIGINS: origins.join(","),
      // Lambda takes 6 MB, and a file in base64 is a third larger.
      VITCX_MAX_IMAGE_MB: "4",
      VITCX_POLL_MS: "500",
      VITCX_STREAM_SECONDS: "60",
    },
    permissions: [...storeStatements(store), { actions: ["sqs:SendMessage"], resources: [store.queue.arn] }],
    // Without this, every principal of the account may assume the role.
    transform: { role: { assumeRolePolicy: roleOf("lambda.amazonaws.com") } },
  });
}

/** Packages that are installed beside the bundle: one with native code, and one that only the page of GraphiQL needs. */
function versionsOf(...names: string[]): Record<string, string> {
  const { dependencies } = JSON.parse(readFileSync("package.json", "utf8")) as { dependencies: Record<string, string> };
  return Object.fromEntries(names.map((name) => [name, dependencies[name]]));
}

/** The API knows the models by their manifests alone; the weights stay with the workers. */
function manifests() {
  return readdirSync("models")
    .map((name) => `models/${name}/manifest.json`)
    .filter((file) => existsSync(file))
    .map((from) => ({ from }));
}
