/** At most `limit` of the items, spread evenly over them: a folder's order often is that of its classes. */
export function sample<Item>(items: readonly Item[], limit: number): readonly Item[] {
  if (limit >= items.length) return items;
  const indices = new Set(Array.from({ length: limit }, (_, i) => Math.floor((i * items.length) / limit)));
  return items.filter((_, i) => indices.has(i));
}
