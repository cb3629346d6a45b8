const SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** Whether the name may stand between two slashes of a key; then it can neither leave its folder nor be hidden. */
export function isKeySegment(name: string): boolean {
  return SEGMENT.test(name);
}

/** Throws a TypeError where `key` is not segments of letters, digits, `.`, `_` and `-`, none beginning with a dot, joined by `/`. */
export function checkKey(key: string): void {
  if (!key.split("/").every(isKeySegment)) {
    throw new TypeError(
      `Expected \`key\` to be segments of letters, digits, ".", "_" and "-", none beginning with ".", joined by "/", got ${JSON.stringify(key)}`,
    );
  }
}

/** Throws a TypeError where no key begins with `prefix`, which may end anywhere inside a key and may be empty. */
export function checkKeyPrefix(prefix: string): void {
  // What ends with a slash, or is empty, needs one more character to be a key; what does not is a key by itself.
  if (!`${prefix}_`.split("/").every(isKeySegment)) {
    throw new TypeError(`Expected \`prefix\` to be the beginning of a key, got ${JSON.stringify(prefix)}`);
  }
}

/** Throws a TypeError where `key` is not one below `uploads/`, where clients may put things. */
export function checkUploadKey(key: string): void {
  checkKey(key);
  if (!key.startsWith("uploads/")) throw new TypeError(`Expected \`key\` to begin with "uploads/", got ${JSON.stringify(key)}`);
}
