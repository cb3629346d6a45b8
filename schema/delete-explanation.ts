import { deleteExplanation } from "../lib/explanation/delete/delete.ts";
import { type Deleted, deleteExplanations } from "../lib/explanation/delete/delete-many.ts";
import { builder } from "./builder.ts";
import { ExplanationFilter } from "./explanation-filter.ts";

const DeletedType = builder.objectRef<Deleted>("DeletedExplanations").implement({
  description: "What has become of the explanations that were to be deleted.",
  fields: (t) => ({
    ids: t.idList({ description: "Those that are deleted.", resolve: ({ ids }) => [...ids] }),
    unfinishedIds: t.idList({
      description:
        "Those that fit and are queued or running, at most 100: they are left. Cancel them first to have them deleted.",
      resolve: ({ unfinishedIds }) => [...unfinishedIds],
    }),
    more: t.exposeBoolean("more", { description: "Whether more fit than `first`: ask again for them." }),
  }),
});

builder.mutationField("deleteExplanation", (t) =>
  t.id({
    description:
      "Deletes an explanation for good: log, results, its place among the past ones, and the uploaded image where no other explanation of yours is of the same. Gives back its id. One that is queued or running is refused (EXPLANATION_UNFINISHED): cancel it first. The same request makes it anew.",
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_, { id }, { deps, owner }) => {
      await deleteExplanation(deps, owner, id);
      return id;
    },
  }),
);

builder.mutationField("deleteExplanations", (t) =>
  t.field({
    type: DeletedType,
    description: "Deletes many explanations for good, the newest first; never one that is queued or running.",
    args: {
      filter: t.arg({
        type: ExplanationFilter,
        required: true,
        description: "Which ones; at least one field. Damaged ones go where it has nothing but times.",
      }),
      first: t.arg.int({ defaultValue: 100, required: true, description: "How many at most, 1 to 100." }),
    },
    resolve: (_, { filter, first }, { deps, owner }) => deleteExplanations(deps, owner, filter, first),
  }),
);
