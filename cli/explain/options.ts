import { CodedError } from "../../lib/errors.ts";
import type { GivenOptions } from "../../lib/options/complete.ts";
import type { ParsedMethod } from "../../lib/explanation/request/parse-method.ts";

const FLAGS = { seed: "seed", "noise-sd": "noiseSd", delta: "delta" } as const;

/**
 * A method's options, written behind its name or as flags of their own. Throws BAD_USER_INPUT for a flag without a number, as an unset
 * variable of a shell leaves it, and for two different numbers for one option.
 */
export function optionsOf(
  spec: ParsedMethod,
  flags: Readonly<Partial<Record<keyof typeof FLAGS, string | undefined>>>,
): GivenOptions {
  const given = (Object.keys(FLAGS) as (keyof typeof FLAGS)[]).flatMap((flag) => {
    const text = flags[flag];
    if (text === undefined) return [];
    if (text.trim() === "") throw new CodedError("BAD_USER_INPUT", `Expected --${flag} to be a number, got nothing.`);
    const written = spec.options[FLAGS[flag]];
    if (written !== undefined && written !== Number(text)) {
      throw new CodedError("BAD_USER_INPUT", `Expected --${flag} ${text} or ${spec.text}, got both.`);
    }
    return [[FLAGS[flag], Number(text)] as const];
  });
  return { ...spec.options, ...Object.fromEntries(given) };
}
