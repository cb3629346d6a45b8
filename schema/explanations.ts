import { type HistoryPage, historyPage } from "../lib/explanation/log/history.ts";
import { builder } from "./builder.ts";
import { ExplanationRef } from "./explanation.ts";

const ExplanationConnection = builder.connectionObject(
  { type: ExplanationRef, name: "ExplanationConnection" },
  { name: "ExplanationEdge" },
);

builder.queryField("explanations", (t) =>
  t.field({
    type: ExplanationConnection,
    description: "All explanations, newest first.",
    args: {
      first: t.arg.int({ defaultValue: 20, required: true, description: "1 to 100." }),
      after: t.arg.string({ description: "The `endCursor` of the page before." }),
    },
    resolve: async (_, { first, after }, { deps, owner }) =>
      connection(await historyPage(deps, owner, first, after ?? undefined), after),
  }),
);

function connection({ items, more }: HistoryPage, after: string | null | undefined) {
  return {
    edges: items.map(({ cursor, explanation }) => ({ cursor, node: explanation })),
    pageInfo: {
      hasNextPage: more,
      hasPreviousPage: typeof after === "string",
      startCursor: items[0]?.cursor ?? null,
      endCursor: items[items.length - 1]?.cursor ?? null,
    },
  };
}
