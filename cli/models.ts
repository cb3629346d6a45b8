import { readConfig } from "../functions/config.ts";
import { endWith } from "../functions/exit-with.ts";
import { modelCommands } from "./models/commands.ts";
import { readArguments } from "./models/options.ts";
import { usage } from "./models/usage.ts";

/** `npm run models`: the models that can be asked, from the command line. */
async function main(): Promise<void> {
  const given = readArguments(process.argv.slice(2));
  const [command, subject] = given.positionals;
  const run = modelCommands(readConfig())[command ?? ""];
  const asked = run && !given.help && (subject !== undefined || command === "list");
  if (!asked && !given.help) process.exitCode = 2;
  console.log(asked ? await run(given, subject ?? "") : usage);
}

main().catch(endWith);
