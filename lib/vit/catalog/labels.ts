import { CodedError } from "../../errors.ts";
import type { Manifest } from "./manifest.ts";
import { didYouMean } from "./suggest.ts";

/** The ways in which a class may be named, the strictest first; `simple` is the target as `plain` has it. */
const NAMINGS: readonly ((label: string, target: string, simple: string) => boolean)[] = [
  (label, target) => label === target,
  (label, _, simple) => plain(label) === simple,
  (label, _, simple) => label.split(",").some((synonym) => plain(synonym) === simple),
];

/**
 * The index of the class that a request names: by its label, by its label in other letter case, by one of the synonyms that a
 * label lists between commas, or by its index as a decimal number.
 *
 * @throws CodedError CLASS_UNKNOWN where no class, or more than one, is named so
 */
export function classIndex({ id, labels }: Pick<Manifest, "id" | "labels">, target: string): number {
  const simple = plain(target);
  for (const naming of NAMINGS) {
    const [index, ...others] = [...labels.keys()].filter((i) => naming(labels[i]!, target, simple));
    if (index !== undefined && others.length === 0) return index;
    if (index !== undefined) {
      const indices = [index, ...others].join(", ");
      throw unknown(`"${target}" names the classes ${indices} of the model "${id}"; give one of these numbers.`);
    }
  }
  if (/^\d+$/.test(target) && Number(target) < labels.length) return Number(target);
  const allowed = `a label or a number from 0 to ${labels.length - 1}`;
  const names = labels.flatMap((label) => label.split(",")).map((name) => name.trim());
  throw unknown(`The model "${id}" has no class "${target}"; expected ${allowed}.${didYouMean(target, names)}`);
}

function plain(label: string): string {
  return label.replaceAll("_", " ").trim().toLowerCase();
}

function unknown(sentence: string): CodedError {
  return new CodedError("CLASS_UNKNOWN", sentence);
}
