// Appends numbered lines to one object by compare-and-swap, and prints each line's number once it is stored.
// Arguments: the store's folder, the key, this process's name. Finishes when standard input ends.
import { writeSync } from "node:fs";
import { filesystemStore } from "../../lib/storage/filesystem-store.ts";

const [root = "", key = "", name = ""] = process.argv.slice(2);
const store = filesystemStore(root);
let finishing = false;
process.stdin.on("end", () => (finishing = true)).resume();

for (let i = 0; !finishing; i++) {
  await append(`${name} ${i}\n`);
  writeSync(1, `${i}\n`);
}

async function append(line: string): Promise<void> {
  for (;;) {
    const current = await store.get(key);
    const bytes = Buffer.concat([current?.bytes ?? Buffer.alloc(0), Buffer.from(line)]);
    if ((await store.put(key, bytes, current ? { ifMatch: current.etag } : { ifAbsent: true })) !== null) return;
  }
}
