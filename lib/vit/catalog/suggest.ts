/** How many of the names to suggest at most. */
const MOST = 3;
/** From which share of common letter pairs on a name counts as meant. */
const ALIKE = 0.4;

/** ` Did you mean …?` with the names most like the one that was asked for, by their letter pairs; empty where none is like it. */
export function didYouMean(wanted: string, names: readonly string[]): string {
  const pairs = letterPairs(wanted);
  const alike = names
    .map((name) => ({ name, likeness: likeness(pairs, letterPairs(name)) }))
    .filter(({ likeness }) => likeness >= ALIKE)
    .toSorted((a, b) => b.likeness - a.likeness)
    .slice(0, MOST);
  return alike.length === 0 ? "" : ` Did you mean ${alike.map(({ name }) => `"${name}"`).join(" or ")}?`;
}

/** Dice's coefficient 2 |A ∩ B| / (|A| + |B|). */
function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const common = [...a].filter((pair) => b.has(pair)).length;
  return (2 * common) / (a.size + b.size || 1);
}

function letterPairs(name: string): Set<string> {
  const letters = ` ${name.toLowerCase()} `;
  return new Set(Array.from({ length: letters.length - 1 }, (_, i) => letters.slice(i, i + 2)));
}
