/**
 * A refusal as GraphQL tells errors, with `Retry-After` where the extensions have `retryAfterSeconds`.
 *
 * @param Reply the server's Response
 */
export function refusal(
  Reply: typeof Response,
  status: number,
  message: string,
  extensions: { readonly code: string; readonly retryAfterSeconds?: number } & Readonly<Record<string, unknown>>,
  more: Readonly<Record<string, string>> = {},
): Response {
  const { retryAfterSeconds } = extensions;
  const headers = {
    "content-type": "application/json; charset=utf-8",
    ...(retryAfterSeconds !== undefined && { "retry-after": String(retryAfterSeconds) }),
    ...more,
  };
  return new Reply(JSON.stringify({ errors: [{ message, extensions }] }), { status, headers });
}
