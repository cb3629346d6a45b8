import { CodedError } from "../../lib/errors.ts";
import { completeMethod } from "../../lib/explanation/request/method-config.ts";
import { mostPasses } from "../../lib/explanation/request/cost.ts";
import type { MethodDescriptor } from "../../lib/methods/method.ts";
import { type MethodName, methods } from "../../lib/methods/registry.ts";
import type { GivenOptions } from "../../lib/options/complete.ts";
import { describeOptions, fieldName, pascalCase } from "../../lib/options/describe.ts";
import { builder } from "../builder.ts";
import { OptionDescriptionType, optionDescriptions } from "./option-description.ts";
import { optionEnum, optionsInput } from "./option-fields.ts";

const registered: readonly MethodDescriptor[] = methods;

const enumValues = registered.map(({ name, description, citation }) => [
  name,
  { description: `${citation} ${description}`.trim() },
]);

export const MethodType = builder.enumType("Method", {
  description: "A method of explanation; `methods` describes each.",
  values: Object.fromEntries(enumValues) as Record<MethodName, { description: string }>,
});

const inputs = new Map(
  registered
    .filter(({ options }) => Object.keys(options.shape).length > 0)
    .map(({ name, title, options }) => [name, optionsInput(`${pascalCase(name)}Input`, `The options of ${title}.`, options)]),
);

/** One method with its options: `{ rise: { numMasks: 500 } }`, or `{ scoreCam: true }` for one without options. */
export const MethodInput = builder.inputType("MethodInput", {
  description: "A method with its options: `{ rise: { numMasks: 500 } }`, or `{ scoreCam: true }` for one that has none.",
  isOneOf: true,
  fields: (t) => {
    const fields = registered.map(({ name, title, description }) => {
      const input = inputs.get(name);
      const settings = { description: `${title}. ${description}` };
      return [fieldName(name), input ? t.field({ ...settings, type: input }) : t.boolean(settings)] as const;
    });
    return Object.fromEntries(fields);
  },
});

/** The method that an input names, with the options that it gives. Throws BAD_USER_INPUT for `{ scoreCam: false }`. */
export function methodGiven(input: Readonly<Record<string, unknown>> | null | undefined): {
  readonly method: MethodName;
  readonly options: GivenOptions;
} {
  if (!input) return { method: methods[0].name, options: {} };
  const [field, value] = Object.entries(input).find(([, given]) => given !== undefined)!;
  const method = methods.find(({ name }) => fieldName(name) === field)!.name;
  if (value === false) throw new CodedError("BAD_USER_INPUT", `Expected \`method.${field}\` to be true, got false.`);
  return { method, options: typeof value === "object" ? (value as GivenOptions) : {} };
}

const SCALARS = { integer: "Int", number: "Float", boolean: "Boolean" } as const;

/** The options of whichever method: each name has one type, whatever the method. */
export const OptionsType = builder.objectRef<Readonly<Record<string, unknown>>>("Options").implement({
  description:
    "With these and the model, the same image gives the same map. Null is what the method does not have; `optionValues` lists what it has.",
  fields: (t) => {
    const all = new Map(registered.flatMap(({ options }) => describeOptions(options)).map((option) => [option.name, option]));
    const fields = [...all].map(([name, option]) => {
      const settings = { nullable: true, description: option.description } as const;
      const resolve = (options: Readonly<Record<string, unknown>>) => options[name] as never;
      const type = option.type === "enum" ? optionEnum(option) : SCALARS[option.type];
      return [name, t.field({ ...settings, type, resolve })] as const;
    });
    return Object.fromEntries(fields);
  },
});

const KindType = builder.enumType("MethodKind", {
  description: "What sort of method it is.",
  values: {
    PAPER: { value: "paper", description: "A row of Table 1 of the ViT-CX paper." },
    OTHER: { value: "other", description: "Another explanation." },
    CONTROL: { value: "control", description: "No explanation, but what explanations are compared with." },
  } as const,
});

const NeedType = builder.enumType("MethodNeed", {
  description: "What a model must have for a method.",
  values: {
    PROBABILITIES: { value: "probabilities", description: "Nothing but probabilities." },
    PATCH_EMBEDDINGS: { value: "patch-embeddings", description: "Patch embeddings that were found in its graph." },
    GRADIENTS: { value: "gradients", description: "A graph that can be differentiated." },
    CLASS_TOKEN: {
      value: "class-token",
      description: "Beside that, a token that stands for the class, and attention that is not fused.",
    },
  } as const,
});

const MethodDescriptionType = builder.objectRef<MethodDescriptor>("MethodDescription").implement({
  description: "A method of explanation, for people and for forms.",
  fields: (t) => ({
    name: t.field({ type: MethodType, description: "In answers.", resolve: ({ name }) => name as MethodName }),
    field: t.string({ description: "In `MethodInput`.", resolve: ({ name }) => fieldName(name) }),
    title: t.exposeString("title", { description: "For people." }),
    kind: t.expose("kind", { type: KindType, description: "What sort of method it is." }),
    citation: t.exposeString("citation", { description: "Authors, title, place and year; empty for a control." }),
    description: t.exposeString("description", { description: "What it computes." }),
    reading: t.exposeString("reading", { description: "What a bright place of its map means." }),
    activity: t.exposeString("activity", { description: 'What it does while it runs: "trying random masks".' }),
    unit: t.exposeString("unit", { description: 'What its progress counts: "masks".' }),
    needs: t.expose("needs", { type: NeedType, description: "What a model must have for it." }),
    everyClass: t.exposeBoolean("everyClass", {
      description: "Whether one run gives the map of every class; else it gives that of the explained class alone.",
    }),
    options: t.field({
      type: [OptionDescriptionType],
      description: "Its options.",
      resolve: ({ options }) => optionDescriptions(options),
    }),
    mostPasses: t.int({
      description: "The most passes of a model that it takes with its defaults.",
      args: { model: t.arg.id({ description: "One of `models`. Default: the one that has `isDefault`." }) },
      resolve: ({ name }, { model }, { deps: { catalog } }) => {
        const { manifest } = typeof model === "string" ? catalog.get(model) : catalog.default;
        return mostPasses(completeMethod(name as MethodName, {}, manifest), undefined, manifest);
      },
    }),
  }),
});

builder.queryField("methods", (t) =>
  t.field({
    type: [MethodDescriptionType],
    description: "The methods of explanation that this service has, explanations before controls.",
    resolve: () => [...registered],
  }),
);
