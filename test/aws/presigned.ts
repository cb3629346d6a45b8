import { createHash, createHmac } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

interface Asked {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Whether S3 would take a presigned request as it is: signed with the secret (AWS Signature Version 4, in the query) for this
 * method, path, query and signed headers, and not expired.
 */
export function isPresigned({ method, url, headers }: Asked, secret: string): boolean {
  const [path = "", query = ""] = url.split("?");
  const parameters = query.split("&").filter((each) => !each.startsWith("X-Amz-Signature="));
  const value = (name: string) => new URLSearchParams(query).get(`X-Amz-${name}`) ?? "";
  const date = value("Date");
  const [, ...scope] = value("Credential").split("/");
  const signed = value("SignedHeaders").split(";");
  const canonical = [
    method,
    path,
    parameters.toSorted().join("&"),
    ...signed.map((name) => `${name}:${String(headers[name]).trim()}`),
    "",
    signed.join(";"),
    "UNSIGNED-PAYLOAD",
  ].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", date, scope.join("/"), createHash("sha256").update(canonical).digest("hex")].join("\n");
  const key = scope.reduce<Buffer | string>((key, part) => hmac(key, part), `AWS4${secret}`);
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  const begun = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  const expired = Date.now() > begun + Number(value("Expires")) * 1000;
  return !expired && hmac(key, toSign).toString("hex") === value("Signature");
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
