import { CodedError } from "../../errors.ts";
import { isSeeded, methodOf } from "../../methods/bind.ts";
import type { MethodDescriptor } from "../../methods/method.ts";
import { type MethodConfig, type MethodName, methods } from "../../methods/registry.ts";
import { completeOptions, type GivenOptions } from "../../options/complete.ts";

/**
 * A method with its options as they will be used: those given, and else the model's or the method's own defaults.
 *
 * @throws CodedError BAD_USER_INPUT for a value out of range, and for an option that the method does not have
 */
export function completeMethod(name: MethodName, given: GivenOptions, model: { readonly delta: number }): MethodConfig {
  const method = methodOf(name);
  const context = { owner: `The method ${name}`, ofModel: method.modelDefaults?.(model) ?? {} };
  return { method: name, options: completeOptions(method.options, withCurrentNames(name, given), context) } as MethodConfig;
}

/** Options by the names that they have now, whatever version has written them; of a method that only a newer one knows as they are. */
export function withCurrentNames(name: string, options: GivenOptions): GivenOptions {
  const method: Partial<MethodDescriptor> | undefined = methods.find((each) => each.name === name);
  const former = method?.formerOptions ?? {};
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [former[key] ?? key, value]));
}

/** The same method and options with another seed, for a method that has one. */
export function reseeded(config: MethodConfig, seed: number): MethodConfig {
  return { ...config, options: { ...config.options, seed } } as MethodConfig;
}

/** The methods whose map depends on a seed. */
export function seededMethods(): readonly MethodName[] {
  return methods.map(({ name }) => name).filter(isSeeded);
}

/** The method of a name in any case, with - or _ between its words. Throws BAD_USER_INPUT. */
export function methodNamed(text: string): MethodName {
  const name = text.toUpperCase().replaceAll("-", "_");
  const method = methods.find((each) => each.name === name);
  if (method) return method.name;
  const names = methods.map((each) => each.name).join(", ");
  throw new CodedError("BAD_USER_INPUT", `There is no method ${JSON.stringify(text)}; there are ${names}.`);
}
