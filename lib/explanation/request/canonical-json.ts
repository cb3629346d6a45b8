import { stringify } from "safe-stable-stringify";

/** JSON with the keys of all objects in order: the same value is the same text, however it was put together. */
export function canonicalJson(value: unknown, indent?: number): string {
  return stringify(value, null, indent) ?? "null";
}
