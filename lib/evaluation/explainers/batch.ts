/** Milliseconds that the first of a batch waits for others. */
const WINDOW_MS = 20;

interface Entry<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Does what is asked for at about the same time together, `most` items at once; `together` gives the results in the same order. Where it
 * fails, each item is done by itself, so that none fails of another; unless the failure `concernsAll`.
 */
export function batched<Item, Result>(
  most: number,
  together: (items: readonly Item[]) => Promise<readonly Result[]>,
  concernsAll: (error: unknown) => boolean,
): (item: Item) => Promise<Result> {
  let waiting: Entry<Item, Result>[] = [];

  async function flush(): Promise<void> {
    const entries = waiting;
    waiting = [];
    if (entries.length === 1) return alone(entries[0]!);
    try {
      const results = await together(entries.map(({ item }) => item));
      for (const [i, { resolve }] of entries.entries()) resolve(results[i]!);
    } catch (error) {
      if (concernsAll(error)) for (const { reject } of entries) reject(error);
      else await Promise.all(entries.map(alone));
    }
  }

  async function alone({ item, resolve, reject }: Entry<Item, Result>): Promise<void> {
    await together([item]).then(([result]) => resolve(result!), reject);
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (waiting.length === most) void flush();
      else if (waiting.length === 1) setTimeout(() => void (waiting.length > 0 && flush()), WINDOW_MS);
    });
}
