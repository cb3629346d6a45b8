import { execFile } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { missing } from "./images.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the images are. */
    images: string;
  }
}

/**
 * Makes the base images, of which all others are built, once for all files of the suite. VITCX_TEST_IMAGES names a folder that keeps them
 * and what is built, so that the next run takes less time; without it all is removed at the end.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const kept = process.env["VITCX_TEST_IMAGES"];
  const folder = kept ?? (await mkdtemp(join(tmpdir(), "vitcx-images-")));
  project.provide("images", folder);
  if (missing !== undefined) return undefined;
  const images = (action: string) =>
    promisify(execFile)("test/built-images/images.sh", [action, folder], { maxBuffer: 64 * 1024 * 1024 });
  const begun = performance.now();
  await images("bases");
  console.log(`The base images are there after ${Math.round((performance.now() - begun) / 1000)} s.`);
  return kept === undefined ? async () => void (await images("remove")) : undefined;
}
