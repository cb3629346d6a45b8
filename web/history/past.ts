import { ask } from "../api/graphql.ts";
import { type CardFragment, type HistoryQuery, historyQuery, oneOfHistoryQuery } from "../api/operations.ts";
import { ownPath } from "../api/own-path.ts";

/** As much of the past as has been looked at, newest first. */
export interface Past {
  readonly items: readonly CardFragment[];
  /** Those among them that cannot be read. */
  readonly damaged: HistoryQuery["explanations"]["damaged"];
  /** Where to go on. */
  readonly cursor: string | null;
  /** Whether there is more. */
  readonly more: boolean;
}

export const nothingYet: Past = { items: [], damaged: [], cursor: null, more: true };

/** How many are fetched at once. */
const PAGE = 24;

/** The past, and the next page of it. Throws an ApiError. */
export async function withMore({ items, damaged, cursor }: Past): Promise<Past> {
  const { explanations } = await ask(historyQuery, { first: PAGE, after: cursor });
  const { edges, pageInfo } = explanations;
  const cards = edges.map(({ node }) => withOwnPaths(node));
  return {
    items: [...items, ...cards],
    damaged: [...damaged, ...explanations.damaged],
    cursor: pageInfo.endCursor,
    more: pageInfo.hasNextPage,
  };
}

/** How many unfinished ones are looked at again at once. */
const MOST = 8;

/** What has become of the first of those that were not finished; of one that cannot be looked at, nothing. */
export async function newsOf(items: readonly CardFragment[]): Promise<readonly CardFragment[]> {
  const asked = items.filter(isUnfinished).slice(0, MOST);
  const answers = await Promise.allSettled(asked.map(({ id }) => ask(oneOfHistoryQuery, { id })));
  return answers.flatMap((answer) =>
    answer.status === "fulfilled" && answer.value.explanation ? [withOwnPaths(answer.value.explanation)] : [],
  );
}

export function isUnfinished({ status }: CardFragment): boolean {
  return status === "QUEUED" || status === "RUNNING";
}

function withOwnPaths(card: CardFragment): CardFragment {
  return {
    ...card,
    image: { url: ownPath(card.image.url) },
    thumbnail: card.thumbnail && ownPath(card.thumbnail),
    files: card.files.map(({ name, url }) => ({ name, url: ownPath(url) })),
  };
}
