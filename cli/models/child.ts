import { watchParent } from "../../functions/parent-watch.ts";
import { CodedError } from "../../lib/errors.ts";
import type { ModelCommand } from "./guarded.ts";
import { add, inspect, verify } from "./run.ts";

/** The child process of `guarded`: one command on a model that nobody vouches for. */
watchParent(() => process.exit(1), 0);

process.once("message", ({ name, args }: ModelCommand) => {
  // What it prints is its parent's to print.
  console.log = (text: unknown) => void process.send!({ printed: String(text) });
  const answer = { add, inspect, verify }[name](...args);
  answer.then(
    (text) => end({ text, exitCode: Number(process.exitCode ?? 0) }),
    (error: unknown) => end({ error: describe(error) }),
  );
});

function end(message: object): void {
  process.send!(message, () => process.exit(0));
}

function describe(error: unknown): object {
  if (error instanceof CodedError) return { code: error.code, message: error.message };
  const { message, stack, syscall, code } = error as NodeJS.ErrnoException;
  return { message, stack, syscall, systemCode: code };
}
