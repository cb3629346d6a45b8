import { existsSync, readFileSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command, CommanderError } from "commander";
import { Stopped } from "./stop-signal.ts";

interface CommandFile {
  /** Gives the command its arguments, options and action. */
  define(command: Command): void;
}

/** `vitcx COMMAND`. A command's file is loaded when it is chosen: `vitcx --help` needs neither ONNX Runtime nor sharp. */
const commands: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<CommandFile> }>> = {
  serve: { summary: "start the API, the page and a worker", load: () => import("./serve.ts") },
  worker: { summary: "start one more worker on the same data", load: () => import("./worker.ts") },
  explain: { summary: "explain an image, without a server", load: () => import("./explain.ts") },
  evaluate: { summary: "compare methods on a folder of images", load: () => import("./evaluate.ts") },
  "sanity-check": { summary: "test whether maps depend on the model's weights", load: () => import("./sanity-check.ts") },
  check: { summary: "examine the data of a service, and repair it", load: () => import("./check.ts") },
  keys: { summary: "make, list and end API keys", load: () => import("./keys.ts") },
  models: { summary: "add, inspect, list, verify and remove models", load: () => import("./models.ts") },
};

/** The exit code where the command line itself is wrong; what fails for another reason ends with 1. */
const USAGE = 2;

/** Errors about arguments and the values of options. */
const USAGE_CODES: ReadonlySet<string> = new Set(["BAD_USER_INPUT", "MODEL_UNKNOWN", "CLASS_UNKNOWN"]);

const packageFile = fileURLToPath(new URL("../package.json", import.meta.url));

/** Runs `vitcx` with these arguments. The exit code of the process: 0, 1, 2 for a wrong command line, or that of a signal. */
export async function main(args: readonly string[]): Promise<number> {
  goWhereNpmWasCalled();
  const program = await programFor(args);
  try {
    await program.parseAsync([...args], { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (!(error instanceof CommanderError)) return report(error);
    if (error.exitCode === 0) return 0;
    // Help that was not asked for, as by `vitcx` alone, is printed already.
    if (error.code !== "commander.help") console.error(usageSentence(error.message, pathOf(program, args)));
    return USAGE;
  }
}

/** `npm run` and `npm --prefix` start a script in the package's folder; relative paths mean the folder where npm was called. */
function goWhereNpmWasCalled(): void {
  const { INIT_CWD, npm_package_json: script } = process.env;
  if (INIT_CWD === undefined || script === undefined || !existsSync(script)) return;
  const isOurScript = realpathSync(script) === realpathSync(packageFile);
  const isInPackage = realpathSync(process.cwd()) === realpathSync(fileURLToPath(new URL("..", import.meta.url)));
  if (isOurScript && isInPackage) process.chdir(INIT_CWD);
}

async function programFor(args: readonly string[]): Promise<Command> {
  const { version, description } = JSON.parse(readFileSync(packageFile, "utf8")) as { version: string; description: string };
  const program = new Command("vitcx")
    .description(description)
    .version(version, "-v, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", "\nEach command has its own help: vitcx explain --help")
    .exitOverride()
    // `report` prints a sentence in place of commander's lines.
    .configureOutput({ outputError: () => undefined });
  const chosen = args[0] === "help" ? args[1] : args[0];
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = program.command(name).summary(summary).description(summary);
    if (name === chosen) (await load()).define(command);
  }
  return program;
}

/** Prints why the command did not succeed: a sentence for what its user can mend, all that is known of a defect. The exit code. */
function report(error: unknown): number {
  if (error instanceof Stopped) return error.exitCode;
  const { name, code = "", message, syscall } = error as NodeJS.ErrnoException;
  const isTheUsers = name === "CodedError" || syscall !== undefined;
  console.error(isTheUsers ? message : error);
  return isTheUsers && USAGE_CODES.has(code) ? USAGE : 1;
}

/** `error: unknown option '--sed'\n(Did you mean --seed?)` as one line, and where the help is. */
function usageSentence(message: string, path: string): string {
  const [problem = "", hint = ""] = message.replace(/^error: /, "").split("\n");
  const sentence = `${problem.charAt(0).toUpperCase()}${problem.slice(1).replace(/\.$/, "")}.`;
  return `${sentence}${hint.replace(/^\((.*)\)$/, " $1")} See ${path} --help.`;
}

/** The commands that the arguments begin with: "vitcx models add". */
function pathOf(command: Command, [name, ...args]: readonly string[]): string {
  const next = command.commands.find((each) => each.name() === name);
  return next ? `${command.name()} ${pathOf(next, args)}` : command.name();
}
