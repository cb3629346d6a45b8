import type { SmallMap } from "../../lib/explanation/log/events.ts";
import { smallMapDataUri, smallMapValues } from "../../lib/explanation/results/small-map.ts";
import { builder } from "../builder.ts";

export const SmallMapType = builder.objectRef<SmallMap>("SmallMap").implement({
  description: "A map of a few hundred values, to be enlarged smoothly.",
  fields: (t) => ({
    width: t.exposeInt("width"),
    height: t.exposeInt("height"),
    values: t.floatList({
      description: "From 0 to 1, row by row.",
      resolve: (map, _, { budget }) => {
        budget.take("smallMap");
        return smallMapValues(map);
      },
    }),
    heatmap: t.string({
      description: "The map in colours (turbo) as the data URI of a PNG.",
      resolve: (map, _, { budget }) => {
        budget.take("smallMap");
        return smallMapDataUri(map);
      },
    }),
  }),
});
