import { type DamagedExplanation, type HistoryPage, historyPage } from "../lib/explanation/log/history.ts";
import { builder } from "./builder.ts";
import { ExplanationFilter } from "./explanation-filter.ts";
import { ExplanationRef } from "./explanation.ts";

const DamagedType = builder.objectRef<DamagedExplanation>("DamagedExplanation").implement({
  description: "An explanation whose record cannot be read. Asking the same again makes it anew.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "Its id." }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was asked for." }),
    code: t.string({ description: "LOG_DAMAGED or LOG_TOO_NEW.", resolve: ({ error }) => error.code }),
    message: t.string({ description: "What is wrong, for people.", resolve: ({ error }) => error.message }),
  }),
});

const ExplanationConnection = builder.connectionObject(
  {
    type: ExplanationRef,
    name: "ExplanationConnection",
    fields: (t) => ({
      damaged: t.field({
        type: [DamagedType],
        description: "Those between the edges whose records cannot be read.",
        resolve: (page) => [...(page as unknown as HistoryPage).damaged],
      }),
    }),
  },
  { name: "ExplanationEdge" },
);

builder.queryField("explanations", (t) =>
  t.field({
    type: ExplanationConnection,
    description: "All explanations, newest first.",
    args: {
      first: t.arg.int({ defaultValue: 20, required: true, description: "1 to 100." }),
      after: t.arg.string({ description: "The `endCursor` of the page before." }),
      filter: t.arg({ type: ExplanationFilter, description: "Which ones; all by default." }),
    },
    resolve: async (_, { first, after, filter }, { deps, owner, onError }) =>
      connection(await historyPage(deps, owner, first, after ?? undefined, filter ?? {}), after, onError),
  }),
);

function connection({ items, more, damaged }: HistoryPage, after: string | null | undefined, onError: (error: unknown) => void) {
  for (const { error } of damaged) onError(error);
  return {
    damaged,
    edges: items.map(({ cursor, explanation }) => ({ cursor, node: explanation })),
    pageInfo: {
      hasNextPage: more,
      hasPreviousPage: typeof after === "string",
      startCursor: items[0]?.cursor ?? null,
      endCursor: items[items.length - 1]?.cursor ?? null,
    },
  };
}
