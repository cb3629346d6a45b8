/**
 * The page's content security policy: its own files and API, and pictures that it makes itself; nothing inline, and nothing of
 * anybody else but `uploadOrigin`, where there is one.
 */
export function pagePolicy(uploadOrigin: string | undefined): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    uploadOrigin === undefined ? "connect-src 'self'" : `connect-src 'self' ${uploadOrigin}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
