import { pathToFileURL } from "node:url";
import type { LambdaFunctionURLEvent } from "aws-lambda";
import { pino } from "pino";
import { createGraphQL } from "../schema/yoga.ts";
import { openDesk } from "./adapters.ts";
import { apiKeys } from "./api-keys.ts";
import { readConfig } from "./config.ts";
import { signedFilePath, storedFiles } from "./files.ts";
import { requestOf } from "./lambda-request.ts";
import { sendResponse } from "./lambda-response.ts";
import { page } from "./page.ts";
import { uploadOrigin } from "./upload-origin.ts";
import { urlSigner } from "./url-signer.ts";

/** The API and the page as a Lambda function that streams, behind a Function URL. */
const config = readConfig();
const log = pino({ name: "api" }, pino.destination(2));
const keys = apiKeys(config.VITCX_API_KEYS);
const signer = urlSigner(config.VITCX_API_KEYS);
const desk = await openDesk(config, { onError: (error) => log.warn(error) });
const dist = pathToFileURL(`${config.VITCX_PAGE}/`);
const graphql = createGraphQL({
  desk,
  pollMs: config.VITCX_POLL_MS,
  maxImageBytes: config.VITCX_MAX_IMAGE_MB * 1e6,
  maxUploadBytes: config.VITCX_MAX_UPLOAD_MB * 1e6,
  origins: config.VITCX_ORIGINS,
  onError: (error) => log.error(error),
  // The page and the files that it was told of need no key; all else does.
  plugins: [page({ dist, uploadOrigin: await uploadOrigin(desk.store) }), storedFiles(desk.store, signer), keys.plugin],
  filePath: signedFilePath(signer),
  ownerOf: keys.ownerOf,
});

/** What is left of an invocation's time for ending its stream. */
const FAREWELL_MS = 5000;

export const handler = awslambda.streamifyResponse<LambdaFunctionURLEvent>(async (event, stream, context) => {
  const left = context.getRemainingTimeInMillis() - FAREWELL_MS;
  const deadline = AbortSignal.timeout(Math.max(0, Math.min(left, config.VITCX_STREAM_SECONDS * 1000)));
  const response = await graphql.fetch(...requestOf(event, deadline));
  await sendResponse(response, stream, deadline);
});
