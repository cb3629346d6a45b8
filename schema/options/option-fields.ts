import { describeOptions, enumValue, type OptionDescription, type OptionsSchema, rangeText } from "../../lib/options/describe.ts";
import { builder } from "../builder.ts";

/** An input type with a field for each option, "RiseInput"; everything may be left out. */
export function optionsInput(typeName: string, description: string, schema: OptionsSchema) {
  return builder.inputType(typeName, {
    description,
    fields: (t) =>
      Object.fromEntries(
        describeOptions(schema).map((option) => {
          const text = { description: optionText(option) };
          return [
            option.name,
            option.type === "enum" ? t.field({ type: optionEnum(option), ...text }) : t[fieldOf(option)](text),
          ];
        }),
      ),
  });
}

/** The GraphQL type of an option that is no enum, as the field builder calls it. */
export function fieldOf({ type, name }: OptionDescription): "int" | "float" | "boolean" {
  if (type === "enum") throw new Error(`The option ${name} is an enum`);
  return type === "integer" ? "int" : type === "number" ? "float" : "boolean";
}

type EnumRef = ReturnType<typeof builder.enumType<string, Record<string, { value: string }>>>;

const enums = new Map<string, { readonly ref: EnumRef; readonly values: string }>();

/**
 * The enum of an option, which is called like it: Canvas. Options of one name share one enum. Throws Error, a defect of ours, where
 * their values differ.
 */
export function optionEnum({ name, description, values }: OptionDescription): EnumRef {
  const typeName = enumNames[name] ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const known = enums.get(typeName);
  const text = JSON.stringify(values);
  if (known && known.values !== text) throw new Error(`Two options ${name} have different values`);
  if (known) return known.ref;
  const ref = builder.enumType(typeName, {
    description,
    values: Object.fromEntries(values.map((each) => [enumValue(each.value), each])),
  });
  enums.set(typeName, { ref, values: text });
  return ref;
}

/** Of enums that are not called like their option. */
const enumNames: Readonly<Record<string, string>> = {};

/** Options as used, with the values of enums as a request has them. */
export function asRequested(schema: OptionsSchema, options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const described = describeOptions(schema).filter(({ name }) => name in options);
  const valueOf = ({ name, type }: OptionDescription) => (type === "enum" ? enumValue(String(options[name])) : options[name]);
  return Object.fromEntries(described.map((option) => [option.name, valueOf(option)]));
}

/** What an option does, its range, unit and default, in sentences. */
function optionText(option: OptionDescription): string {
  const { description, type, default: value, unit } = option;
  const range = type === "integer" || type === "number" ? [`${capital(rangeText(option))}${unit && `, in ${unit}`}.`] : [];
  const shown = value === null ? "the model's" : type === "enum" ? enumValue(String(value)) : String(value);
  return [description, ...range, `Default: ${shown}.`].join(" ");
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
