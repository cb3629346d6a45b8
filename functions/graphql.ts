import type { LambdaFunctionURLEvent } from "aws-lambda";
import { pino } from "pino";
import { createGraphQL } from "../schema/yoga.ts";
import { openDesk } from "./adapters.ts";
import { apiKeys } from "./api-keys.ts";
import { readConfig } from "./config.ts";
import { requestOf } from "./lambda-request.ts";
import { sendResponse } from "./lambda-response.ts";

/** The API as a Lambda function that streams, behind a Function URL. */
const config = readConfig();
const log = pino({ name: "api" }, pino.destination(2));
const keys = apiKeys(config.VITCX_API_KEYS);
const graphql = createGraphQL({
  desk: await openDesk(config),
  pollMs: config.VITCX_POLL_MS,
  maxImageBytes: config.VITCX_MAX_IMAGE_MB * 1e6,
  origins: config.VITCX_ORIGINS,
  onError: (error) => log.error(error),
  plugins: [keys.plugin],
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
