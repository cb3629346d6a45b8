import type { LambdaFunctionURLEvent } from "aws-lambda";

/** The request that a Function URL's event (payload format 2.0) tells of, as the two arguments of a `fetch`. */
export function requestOf(event: LambdaFunctionURLEvent, signal: AbortSignal): [url: string, init: RequestInit] {
  const { domainName, http } = event.requestContext;
  const headers = new Headers();
  for (const [name, value] of Object.entries(event.headers)) if (value !== undefined) headers.set(name, value);
  if (event.cookies?.length) headers.set("cookie", event.cookies.join("; "));
  // Lambda has buffered the body, so its length is known even where the client has not said it.
  const body = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
  const query = event.rawQueryString === "" ? "" : `?${event.rawQueryString}`;
  const init: RequestInit = { method: http.method, headers, signal };
  if (http.method !== "GET" && http.method !== "HEAD") {
    headers.set("content-length", String(body.length));
    init.body = body;
  }
  return [`https://${domainName}${event.rawPath}${query}`, init];
}
