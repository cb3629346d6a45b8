import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { parseMethods } from "../../lib/explanation/request/parse-method.ts";

/**
 * Whether this checkout computes the same bytes as another commit: every method explains three examples in both, and every .npy file
 * is compared. `npm run test:bytes -- COMMIT` (the commit before by default); `--methods vit-cx,rise` for some methods, `--images A.png,B.png`
 * for other examples, `--models DIR --model ID` for another model. Exit code 1 where a file differs. A method that the other commit does not have is listed as new.
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    methods: { type: "string", default: "all,controls" },
    images: { type: "string", default: "key-octopus.png,camera-cat.png,cactus-pizza.png" },
    models: { type: "string" },
    model: { type: "string" },
  },
});
const commit = positionals[0] ?? "HEAD~1";

const here = new URL("../..", import.meta.url).pathname;
const examples = join(here, "models/emoji-vit/examples");
const scratch = await mkdtemp(join(tmpdir(), "vitcx-bytes-"));
const other = join(scratch, "checkout");

try {
  await checkOut();
  let different = 0;
  for (const { text } of parseMethods(values.methods)) {
    for (const image of values.images.split(",")) {
      const count = await compare(text, image);
      if (count === undefined) break;
      different += count;
    }
  }
  process.exitCode = different > 0 ? 1 : 0;
} finally {
  execFileSync("git", ["worktree", "remove", "--force", other], { cwd: here });
  await rm(scratch, { recursive: true });
}

/** The other commit, with its own packages where its list of them is another one. */
async function checkOut(): Promise<void> {
  execFileSync("git", ["worktree", "add", "--detach", "--quiet", other, commit], { cwd: here });
  const [ours, theirs] = await Promise.all([here, other].map((root) => readFile(join(root, "package-lock.json"), "utf8")));
  if (ours === theirs) await symlink(join(here, "node_modules"), join(other, "node_modules"));
  else execFileSync("npm", ["ci", "--silent"], { cwd: other, stdio: "inherit" });
}

/** How many files of an explanation differ; undefined for a method that the other commit does not have. */
async function compare(method: string, image: string): Promise<number | undefined> {
  const now = join(scratch, "now", method, image);
  const before = join(scratch, "before", method, image);
  await explain(here, method, image, now);
  try {
    await explain(other, method, image, before);
  } catch (error) {
    if (!/There is no (method|explainer)/.test(String((error as { stderr?: string }).stderr))) throw error;
    console.log(`${method}: a new method`);
    return undefined;
  }
  const names = (await readdir(now)).filter((name) => name.endsWith(".npy"));
  const pairs = await Promise.all(names.map((name) => Promise.all([now, before].map((folder) => readFile(join(folder, name))))));
  const different = names.filter((_, i) => !pairs[i]![0]!.equals(pairs[i]![1]!));
  const verdict = different.length === 0 ? "the same" : `DIFFERENT: ${different.join(", ")}`;
  console.log(`${method}, ${image}: ${names.length} files, ${verdict}`);
  return different.length;
}

async function explain(root: string, method: string, image: string, out: string): Promise<void> {
  const where = values.models === undefined ? [] : ["--models", values.models];
  const which = values.model === undefined ? [] : ["--model", values.model];
  const options = ["--method", method, "--out", out, ...where, ...which];
  await promisify(execFile)("npm", ["run", "--silent", "explain", "--", join(examples, image), ...options], { cwd: root });
}
