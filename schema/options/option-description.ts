import { describeOptions, enumValue, type OptionDescription, type OptionsSchema } from "../../lib/options/describe.ts";
import { builder } from "../builder.ts";

const OptionTypeType = builder.enumType("OptionType", {
  values: {
    INTEGER: { value: "integer", description: "A whole number from `minimum` to `maximum`." },
    NUMBER: { value: "number", description: "A number from `minimum` to `maximum`." },
    BOOLEAN: { value: "boolean" },
    ENUM: { value: "enum", description: "One of `values`." },
  } as const,
});

const OptionValueType = builder.objectRef<OptionDescription["values"][number]>("OptionValue").implement({
  fields: (t) => ({
    value: t.string({ description: "As a request has it.", resolve: ({ value }) => enumValue(value) }),
    description: t.exposeString("description"),
  }),
});

/** An option of a method or a metric, for clients that build a form or a help text. */
export const OptionDescriptionType = builder.objectRef<OptionDescription>("OptionDescription").implement({
  description: "An option of a method or a metric.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "As a request has it." }),
    title: t.exposeString("title", { description: "For people." }),
    description: t.exposeString("description"),
    type: t.expose("type", { type: OptionTypeType }),
    default: t.field({
      type: "JSON",
      nullable: true,
      description:
        "Its value where a request leaves it out: a number, true or false, or one of `values`; null where it depends on the model.",
      resolve: ({ type, default: value }) => (type === "enum" && value !== null ? enumValue(String(value)) : value),
    }),
    minimum: t.exposeFloat("minimum", { nullable: true, description: "Of a number." }),
    maximum: t.exposeFloat("maximum", { nullable: true, description: "Of a number." }),
    isAbove: t.exposeBoolean("isAbove", { description: "Whether `minimum` itself is not allowed." }),
    unit: t.exposeString("unit", { description: "What a number counts, in words; empty where it has no unit." }),
    values: t.field({
      type: [OptionValueType],
      description: "Of an enum; otherwise empty.",
      resolve: ({ values }) => [...values],
    }),
  }),
});

/** The options of a method or a metric, to resolve a field of `OptionDescriptionType`s. */
export function optionDescriptions(schema: OptionsSchema): OptionDescription[] {
  return [...describeOptions(schema)];
}
