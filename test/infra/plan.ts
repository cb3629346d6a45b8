import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: any;
}

export interface Plan {
  readonly app: { readonly removal: string; readonly protect: boolean };
  /** Everything that would be created. */
  readonly resources: readonly Registered[];
  /** What SST's command would be asked to do, such as bundling. */
  readonly calls: readonly { method: string; params: any }[];
  /** The inputs of the one resource of this type and name. */
  one(type: string, name: string): any;
  all(type: string): readonly Registered[];
}

export interface Statement {
  readonly Effect: string;
  readonly Action: string[];
  readonly Resource: string[];
}

/** What `sst deploy` would create for this stage and environment; `root` is the folder of sst.config.ts. */
export async function evaluate(environment: Record<string, string> = {}, stage = "test", root = "."): Promise<Plan> {
  const folder = await mkdtemp(join(tmpdir(), "vitcx-infra-"));
  try {
    const out = join(folder, "plan.json");
    const args = ["--import", "tsx", "test/infra/evaluate-process.ts", out, stage, root];
    await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...environment } });
    const plan = JSON.parse(await readFile(out, "utf8")) as Pick<Plan, "app" | "resources" | "calls">;
    const all = (type: string) => plan.resources.filter((each) => each.type === type);
    const one = (type: string, name: string) => {
      const found = all(type).filter((each) => each.name === name);
      if (found.length !== 1) throw new Error(`Expected one ${type} named ${name}, got ${found.length}`);
      return found[0]!.inputs;
    };
    return { ...plan, all, one };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The statements of all policies that roles have of their own, by role. */
export function statementsByRole(plan: Plan): { role: string; statements: Statement[] }[] {
  return plan.all("aws:iam/role:Role").map(({ name, inputs }) => ({
    role: name,
    statements: (inputs.inlinePolicies ?? []).flatMap(({ policy }: { policy: string }) => JSON.parse(policy).Statement),
  }));
}
