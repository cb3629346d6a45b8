import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";

/** The files of the deployment. */
export const DEPLOYMENT = ["infra", "sst.config.ts"];

export interface Registered {
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
  /** What npm would be asked to do: a line of arguments each. */
  readonly npm: readonly string[];
  /** The inputs of the one resource of this type and name. */
  one(type: string, name: string): any;
  all(type: string): readonly Registered[];
}

export interface Statement {
  readonly Effect: string;
  readonly Action: string[];
  readonly Resource: string[];
  readonly Condition?: unknown;
}

const bundling = { bundle: true, platform: "node", format: "esm", packages: "external", logLevel: "error" } as const;

export interface Stage {
  /** Of the stage, as stages.json has them. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly stage?: string;
  /** The folder of sst.config.ts. */
  readonly root?: string;
}

/** What `sst deploy` would create for this stage. */
export async function evaluate({ settings = {}, environment = {}, stage = "test", root = "." }: Stage = {}): Promise<Plan> {
  const folder = await mkdtemp(join(tmpdir(), "vitcx-infra-"));
  try {
    const out = join(folder, "plan.json");
    // Bundled, for a process that compiles all it loads takes twice as long.
    const program = join(resolve(".sst/platform/.evaluation"), `${basename(folder)}.mjs`);
    await build({ ...bundling, entryPoints: ["test/infra/evaluate-process.ts"], outfile: program });
    const args = [program, out, stage, root];
    const npm = join(folder, "npm");
    const stand = {
      PATH: resolve("test/infra/bin") + delimiter + process.env["PATH"],
      VITCX_TEST_NPM: npm,
      VITCX_TEST_STAGES: JSON.stringify({ [stage]: settings }),
    };
    await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...stand, ...environment } });
    const plan = JSON.parse(await readFile(out, "utf8")) as Pick<Plan, "app" | "resources" | "calls">;
    const asked = (await readFile(npm, "utf8")).trimEnd().split("\n");
    const all = (type: string) => plan.resources.filter((each) => each.type === type);
    const one = (type: string, name: string) => {
      const found = all(type).filter((each) => each.name === name);
      if (found.length !== 1) throw new Error(`Expected one ${type} named ${name}, got ${found.length}`);
      return found[0]!.inputs;
    };
    return { ...plan, npm: asked, all, one };
  } finally {
    await rm(folder, { recursive: true });
    await rm(join(".sst/platform/.evaluation", `${basename(folder)}.mjs`), { force: true });
  }
}

/** The statements of all policies that roles have of their own, by role. */
export function statementsByRole(plan: Plan): { role: string; statements: Statement[] }[] {
  return plan.all("aws:iam/role:Role").map(({ name, inputs }) => ({
    role: name,
    statements: (inputs.inlinePolicies ?? []).flatMap(({ policy }: { policy: string }) => JSON.parse(policy).Statement),
  }));
}
