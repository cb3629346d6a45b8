const types: Record<string, string> = {
  png: "image/png",
  jpeg: "image/jpeg",
  webp: "image/webp",
  avif: "image/avif",
  json: "application/json",
  ndjson: "application/x-ndjson",
};

/** What a browser is told that the object is, by the ending of its key; bytes of no kind where the ending is not known. */
export function contentTypeOf(key: string): string {
  return types[key.slice(key.lastIndexOf(".") + 1)] ?? "application/octet-stream";
}
