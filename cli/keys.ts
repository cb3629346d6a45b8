import type { Command } from "commander";
import type { LimitFlags } from "./keys/run.ts";
import { integerOption, numberOption } from "./number.ts";

const run = () => import("./keys/run.ts");
const print = async (text: Promise<string>) => console.log(await text);

export function define(keys: Command): void {
  keys.description(
    "Makes, lists and ends API keys. Their hashes are kept in the store: of VITCX_BUCKET, or of VITCX_DATA. A server that is started with " +
      "VITCX_KEYS=store wants one of them with every request, and learns of a change within half a minute.",
  );

  inStore(keys.command("add").argument("<owner>", "who gets it: letters, digits, - and _"))
    .summary("make a key")
    .description(
      "Makes a key, and prints it, once: the store keeps its hash. An owner may have several. Owners do not see each other's explanations.",
    )
    .action(async (owner: string, flags: { readonly data?: string }) => print((await run()).add(owner, flags)));

  inStore(keys.command("list"))
    .summary("list keys and limits")
    .description("Lists owners, the beginnings of their keys' hashes, and limits.")
    .option("--json", "print JSON")
    .action(async (flags: { readonly data?: string; readonly json?: true }) => print((await run()).list(flags)));

  inStore(keys.command("remove").argument("<owner|hash>", "whose keys, or the beginning of one key's hash"))
    .summary("end keys")
    .description("Ends all keys of an owner, or one. What the owner has stored stays.")
    .action(async (ownerOrHash: string, flags: { readonly data?: string }) => print((await run()).remove(ownerOrHash, flags)));

  inStore(keys.command("limit").argument("<owner>", "whose limits"))
    .summary("set what an owner may use")
    .description(
      "Sets what an owner may use, in place of VITCX_OWNER_…; what no option states is not limited. Without options: what everybody may.",
    )
    .option("--queued-passes <n>", "passes of the model of all that waits or runs", integerOption("queued-passes", 1))
    .option("--requests-per-minute <n>", "requests to the API", integerOption("requests-per-minute", 1))
    .option("--open-streams <n>", "subscriptions at a time", integerOption("open-streams", 1))
    .option("--stored-mb <n>", "megabytes of images and results", numberOption("stored-mb", 0.001, 1e9))
    .action(async (owner: string, flags: LimitFlags) => print((await run()).limit(owner, flags)));
}

function inStore(command: Command): Command {
  return command.option("--data <folder>", "the folder of the store; default: VITCX_DATA, or ./data");
}
