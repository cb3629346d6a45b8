import { CodedError } from "../../errors.ts";

/** Characters. A class of a longer name has a number. */
const LONGEST = 200;

/** A name as a user gives it. Throws BAD_USER_INPUT for one so long that it is neither worth looking for nor repeating. */
export function givenName(argument: "model" | "target", name: string): string {
  if (name.length <= LONGEST) return name;
  throw new CodedError(
    "BAD_USER_INPUT",
    `Expected \`${argument}\` to be a name of at most ${LONGEST} characters, got ${name.length}.`,
  );
}
