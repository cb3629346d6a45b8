import { CodedError } from "../lib/errors.ts";

/** Ends the process over an error: one that its user can mend in a sentence, one of ours with all that is known of it. */
export function endWith(error: unknown): never {
  console.error(isTheUsers(error) ? error.message : error);
  process.exit(1);
}

/** Also what the operating system refused, and arguments that there are not. */
function isTheUsers(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as NodeJS.ErrnoException;
  return error instanceof CodedError || syscall !== undefined || code?.startsWith("ERR_PARSE_ARGS") === true;
}
