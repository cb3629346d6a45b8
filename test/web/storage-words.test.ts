import { expect, test } from "vitest";
import { storageWords } from "../../web/history/storage-words.ts";

test("What is stored is said with its limits, where there are any", () => {
  const stored = { usedBytes: 12_340_000_000, freeBytes: 2e9, maxBytes: null, keepDays: null };
  expect(storageWords(stored)).toBe("12.3 GB used · 2 GB free on the disk");
  expect(storageWords({ ...stored, usedBytes: 5_150_000, maxBytes: 50e9, keepDays: 1 })).toBe(
    "5.2 MB of 50 GB used · 2 GB free on the disk · deleted after 1 day without a change · the oldest go when it is full",
  );
});
