import { groupBy } from "./report/group-by.ts";

/** What the time of a task depends on. */
export interface Kind {
  readonly model: string;
  readonly method: string;
}

interface Seen extends Kind {
  left: number;
  count: number;
  ms: number;
}

/**
 * Foretells how long tasks will take together: each as long as those of its model and method have taken so far, or where none has
 * been seen, as those of its method with the other models, or as all.
 */
export class TimeLeft {
  readonly #kinds = new Map<string, Seen>();

  constructor(tasks: readonly Kind[]) {
    for (const group of groupBy(tasks, keyOf).values()) {
      const [{ model, method }] = group;
      this.#kinds.set(keyOf({ model, method }), { model, method, left: group.length, count: 0, ms: 0 });
    }
  }

  /** A task is done that took so many milliseconds. */
  done(task: Kind, ms: number): void {
    const kind = this.#kinds.get(keyOf(task))!;
    kind.left--;
    kind.count++;
    kind.ms += ms;
  }

  /** Milliseconds; null before any task is done. */
  get ms(): number | null {
    const all = [...this.#kinds.values()];
    if (all.every(({ count }) => count === 0)) return null;
    return all.reduce((sum, kind) => {
      const sameMethod = all.filter(({ method }) => method === kind.method);
      return sum + kind.left * (meanOf([kind]) ?? meanOf(sameMethod) ?? meanOf(all)!);
    }, 0);
  }
}

function keyOf({ model, method }: Kind): string {
  return JSON.stringify([model, method]);
}

function meanOf(kinds: readonly Seen[]): number | null {
  const count = kinds.reduce((sum, kind) => sum + kind.count, 0);
  return count === 0 ? null : kinds.reduce((sum, kind) => sum + kind.ms, 0) / count;
}
