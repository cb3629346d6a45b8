// Takes the lock file named by its argument, prints "held" and keeps it until it is killed.
import { writeSync } from "node:fs";
import { withFileLock } from "../../lib/storage/file-lock.ts";

await withFileLock(process.argv[2] ?? "", () => {
  writeSync(1, "held\n");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
