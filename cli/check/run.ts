import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { openStore, storeFolder } from "../../functions/adapters.ts";
import { readConfig } from "../../functions/config.ts";
import { CodedError } from "../../lib/errors.ts";
import { checkStore, type Problem } from "../../lib/explanation/keep/check.ts";
import { storedFiles } from "../../lib/storage/stored-files.ts";

interface CheckFlags {
  readonly repair?: true;
  readonly json?: true;
  readonly data?: string;
}

/** Examines a folder, and prints what is found, each as soon as it is. The exit code. */
export async function check({ repair, json, data }: CheckFlags): Promise<number> {
  const config = readConfig();
  if (data !== undefined) config.VITCX_DATA = data;
  if (config.VITCX_BUCKET !== undefined && data === undefined)
    throw new CodedError("BAD_USER_INPUT", "There is no folder to examine: VITCX_BUCKET names a bucket. Name one in --data.");
  const root = storeFolder(config);
  if (!existsSync(root))
    throw new CodedError("BAD_USER_INPUT", `There is no data in ${config.VITCX_DATA}: name its folder in --data.`);
  const store = await openStore({ ...config, VITCX_BUCKET: undefined }, undefined);
  const problems: Problem[] = [];
  const task = {
    store,
    lastSends: new Map<string, number>(),
    files: (folder: string) => storedFiles(root, folder),
    removeTemporary: (key: string) => rm(join(root, key), { force: true }),
    repair: repair === true,
  };
  for await (const problem of checkStore(task)) {
    problems.push(problem);
    if (!json) console.log(`${problem.repaired ? "repaired" : problem.kind}  ${problem.key}  ${problem.message}`);
  }
  const left = problems.filter(({ kind, repaired }) => !repaired && kind !== "newer-log").length;
  if (json) console.log(JSON.stringify({ problems, left }, null, 2));
  else console.log(summary(problems.length, left, repair === true));
  return left === 0 ? 0 : 1;
}

function summary(found: number, left: number, repair: boolean): string {
  if (found === 0) return "All is well.";
  const things = found === 1 ? "1 thing was found" : `${found} things were found`;
  if (left === 0) return `${things}, and ${repair ? "nothing is left" : "nothing has to be done"}.`;
  return `${things}, ${left} left${repair ? "" : "; --repair mends what can be mended"}.`;
}
