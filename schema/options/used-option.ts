import type { OptionsSchema } from "../../lib/options/describe.ts";
import { builder } from "../builder.ts";
import { asRequested } from "./option-fields.ts";

interface UsedOption {
  readonly name: string;
  readonly value: unknown;
}

export const UsedOptionType = builder.objectRef<UsedOption>("UsedOption").implement({
  description: "An option with the value that was used.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "As a request has it." }),
    value: t.field({ type: "JSON", description: "As a request has it.", resolve: ({ value }) => value }),
  }),
});

/** The options as used, in the order of their schema. */
export function usedOptions(schema: OptionsSchema, options: Readonly<Record<string, unknown>>): UsedOption[] {
  return Object.entries(asRequested(schema, options)).map(([name, value]) => ({ name, value }));
}
