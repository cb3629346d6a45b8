import type { MessageState } from "./message-name.ts";

interface Waiting {
  readonly name: string;
  readonly state: MessageState;
}

export interface OwnersInTurn {
  /** One message of each owner, those first that were served longest ago; then the second of each, and so on. */
  sort(messages: readonly Waiting[]): readonly Waiting[];
  served(owner: string): void;
}

/** Round-robin over owners. Each process keeps its own turn, so it needs no lock and nothing to store. */
export function ownersInTurn(): OwnersInTurn {
  let turn = 0;
  const lastServed = new Map<string, number>();
  return {
    sort(messages) {
      const seen = new Map<string, number>();
      const ranked = messages.map((message) => {
        const { owner } = message.state;
        const rank = seen.get(owner) ?? 0;
        seen.set(owner, rank + 1);
        return { message, rank, last: lastServed.get(owner) ?? 0 };
      });
      return ranked.toSorted((a, b) => a.rank - b.rank || a.last - b.last).map(({ message }) => message);
    },
    served(owner) {
      lastServed.set(owner, ++turn);
    },
  };
}
