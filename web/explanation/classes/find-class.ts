/** The ways in which a class may be named, the strictest first, as the API has them. */
const NAMINGS: readonly ((label: string, wanted: string) => boolean)[] = [
  (label, wanted) => label === wanted,
  (label, wanted) => plain(label) === plain(wanted),
  (label, wanted) => label.split(",").some((name) => plain(name) === plain(wanted)),
];

/**
 * The indices of the classes that are named so: by a label, by one of the names that a label lists between commas, or by the index
 * itself. More than one where a name is ambiguous, as ImageNet's "crane" is.
 */
export function findClasses(labels: readonly string[], text: string): readonly number[] {
  const wanted = text.trim();
  for (const naming of NAMINGS) {
    const found = [...labels.keys()].filter((index) => naming(labels[index]!, wanted));
    if (found.length > 0) return found;
  }
  return /^\d+$/.test(wanted) && Number(wanted) < labels.length ? [Number(wanted)] : [];
}

function plain(label: string): string {
  return label.replaceAll("_", " ").trim().toLowerCase();
}
