import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { start } from "../service/processes.ts";

test("vitcx check says what is wrong, repairs it, and ends with 0, 1 or 2", { timeout: 120_000 }, async ({ onTestFinished }) => {
  const folder = await mkdtemp(join(tmpdir(), "vitcx-check-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const vitcx = async (...args: string[]) => {
    const started = start("cli/vitcx.ts", ["check", "--data", folder, ...args], {});
    return { code: await started.ended, output: started.output(), errors: started.errors() };
  };
  expect(await vitcx()).toEqual({ code: 2, output: "", errors: `There is no data in ${folder}: name its folder in --data.\n` });
  await mkdir(join(folder, "store/uploads/ann"), { recursive: true });
  expect(await vitcx()).toEqual({ code: 0, output: "All is well.\n", errors: "" });
  const upload = join(folder, "store/uploads/ann/old");
  await writeFile(upload, "x");
  await utimes(upload, 0, 0);
  expect(await vitcx()).toEqual({
    code: 1,
    output: `old-upload  uploads/ann/old  An upload of more than a day ago.
1 thing was found, 1 left; --repair mends what can be mended.
`,
    errors: "",
  });
  const { code, output } = await vitcx("--repair", "--json");
  const problem = { kind: "old-upload", key: "uploads/ann/old", message: "An upload of more than a day ago.", repaired: true };
  expect([code, JSON.parse(output)]).toEqual([0, { problems: [problem], left: 0 }]);
  expect((await vitcx()).code).toBe(0);
});
