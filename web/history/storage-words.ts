import type { StorageQuery } from "../api/operations.ts";

type Storage = NonNullable<StorageQuery["storage"]>;

/** What is used, what is left, and what is deleted by itself, in words. */
export function storageWords({ usedBytes, maxBytes, freeBytes, keepDays }: Storage): string {
  const used = maxBytes === null ? `${size(usedBytes)} used` : `${size(usedBytes)} of ${size(maxBytes)} used`;
  const free = `${size(freeBytes)} free on the disk`;
  const days = keepDays === null ? undefined : `deleted after ${keepDays} day${keepDays === 1 ? "" : "s"} without a change`;
  const over = maxBytes === null ? undefined : "the oldest go when it is full";
  return [used, free, days, over].filter((part) => part !== undefined).join(" · ");
}

function size(bytes: number): string {
  const [unit, name] = bytes >= 1e9 ? [1e9, "GB"] : [1e6, "MB"];
  return `${(bytes / unit).toLocaleString("en", { maximumFractionDigits: 1 })} ${name}`;
}
