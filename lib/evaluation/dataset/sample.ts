/** At most `limit` of the items, spread evenly over them: a folder's order often is that of its classes. */
export function sample<Item>(items: readonly Item[], limit: number): readonly Item[] {
  if (limit >= items.length) return items;
  return Array.from({ length: limit }, (_, i) => items[Math.floor((i * items.length) / limit)]);
}
