interface Tuples<Item> {
  1: [Item];
  2: [Item, Item];
  3: [Item, Item, Item];
  4: [Item, Item, Item, Item];
}

/** The first `count` items of a list; throws where it has fewer. */
export function first<Count extends keyof Tuples<unknown>, Item>(count: Count, items: Iterable<Item>): Tuples<Item>[Count] {
  const list = [...items].slice(0, count);
  if (list.length < count) throw new Error(`Expected at least ${count} items, got ${list.length}`);
  return list as unknown as Tuples<Item>[Count];
}
