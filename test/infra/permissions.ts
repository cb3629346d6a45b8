import { readFileSync } from "node:fs";
import { build } from "esbuild";
import { modelOf } from "./api-model.ts";
import { type Plan, statementsByRole } from "./plan.ts";

/** The actions that IAM checks for a command of the SDK, where they are not called alike. */
const actions: Readonly<Record<string, readonly string[]>> = {
  "s3:HeadObject": ["s3:GetObject"],
  "s3:ListObjectsV2": ["s3:ListBucket"],
  "s3:DeleteObjects": ["s3:DeleteObject"],
};

/** The actions that the code under an entry point needs: of each `new …Command` in the files that end up in its bundle. */
export async function neededActions(entry: string): Promise<ReadonlySet<string>> {
  const options = { bundle: true, write: false, metafile: true, platform: "node", format: "esm", packages: "external" } as const;
  const { metafile } = await build({ entryPoints: [entry], outdir: "out", logLevel: "error", ...options });
  const found = new Set<string>();
  for (const file of Object.keys(metafile.inputs)) {
    const text = readFileSync(file, "utf8");
    for (const [, names = "", service = ""] of text.matchAll(/import \{([^}]*)\} from "@aws-sdk\/client-([a-z0-9-]+)"/g)) {
      for (const [, command = ""] of names.matchAll(/\b([A-Z]\w+)Command\b/g)) {
        if (!text.includes(`new ${command}Command(`))
          throw new Error(`Expected ${file} to use ${command}Command where it imports it`);
        const action = `${service}:${command}`;
        for (const each of actions[action] ?? [action]) found.add(each);
      }
    }
  }
  return found;
}

/** The actions that a role may take, on anything. */
export function grantedActions(plan: Plan, role: string): ReadonlySet<string> {
  const { statements = [] } = statementsByRole(plan).find((each) => each.role === role) ?? {};
  return new Set(statements.flatMap(({ Action }) => Action));
}

/** IAM's prefix of a service, where its API model has another name. */
const services: Readonly<Record<string, string>> = { appautoscaling: "application-autoscaling" };

/** Actions that IAM knows under a name that is no operation's. */
const namedOtherwise = new Set(["s3:ListBucket", "ecs:Poll", "ecs:StartTelemetrySession"]);

/** Actions of the plan's roles that no service has, so that granting them grants nothing. */
export function unknownActions(plan: Plan): string[] {
  const all = statementsByRole(plan).flatMap(({ statements }) => statements.flatMap(({ Action }) => Action));
  return all.filter((action) => {
    const [service, operation] = action.split(":");
    return !namedOtherwise.has(action) && modelOf(services[service!] ?? service!).operations[operation!] === undefined;
  });
}
