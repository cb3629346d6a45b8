import { pathToFileURL } from "node:url";
import type { LambdaFunctionURLEvent } from "aws-lambda";
import { openApi } from "./http/api.ts";
import { health } from "./http/health.ts";
import { readConfig } from "./config.ts";
import { openLog } from "./observe/log.ts";
import { requestOf } from "./lambda/request.ts";
import { sendResponse } from "./lambda/response.ts";

/** The API and the page as a Lambda function that streams, behind a Function URL. */
const config = readConfig();
const log = openLog("api", config);
const { graphql } = await openApi(config, log, {
  dist: pathToFileURL(`${config.VITCX_PAGE}/`),
  first: () => [health()],
});

/** What is left of an invocation's time for ending its stream. */
const FAREWELL_MS = 5000;

export const handler = awslambda.streamifyResponse<LambdaFunctionURLEvent>(async (event, stream, context) => {
  const left = context.getRemainingTimeInMillis() - FAREWELL_MS;
  const deadline = AbortSignal.timeout(Math.max(0, Math.min(left, config.VITCX_STREAM_SECONDS * 1000)));
  const response = await graphql.fetch(...requestOf(event, deadline));
  await sendResponse(response, stream, deadline);
});
