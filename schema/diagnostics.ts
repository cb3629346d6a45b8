import type { DiagnosticsOfClass, Timings } from "../lib/explanation/results/summary.ts";
import { builder } from "./builder.ts";

export const DiagnosticsType = builder.objectRef<DiagnosticsOfClass>("Diagnostics").implement({
  description: "The paper's diagnostics of a run, for one class.",
  fields: (t) => ({
    meanSimilarity: t.exposeFloat("meanSimilarity", {
      description: "Mean cosine similarity of all pairs of ViT masks, before clustering.",
    }),
    scoreMean: t.exposeFloat("scoreMean"),
    scoreVariance: t.exposeFloat("scoreVariance"),
    overdetermined: t.exposeBoolean("overdetermined", {
      description: "Causal overdetermination: the mean score is above 0.9, nearly any part of the image suffices for the class.",
    }),
    coverageMin: t.exposeFloat("coverageMin", { description: "The least ρ(x): the share of the masks that cover a pixel." }),
    coverageMax: t.exposeFloat("coverageMax", { description: "The largest ρ(x)." }),
  }),
});

export const TimingsType = builder.objectRef<Timings>("Timings").implement({
  description: "Milliseconds of each stage, null for what has not happened.",
  fields: (t) => ({
    queued: t.exposeInt("queued", { nullable: true, description: "Waiting for a worker." }),
    classified: t.exposeInt("classified", {
      nullable: true,
      description: "Reading the image, loading the model if need be, the first pass.",
    }),
    clustered: t.exposeInt("clustered", { nullable: true, description: "Making masks of the embeddings." }),
    scored: t.exposeInt("scored", { nullable: true, description: "Two passes a mask." }),
    mapped: t.exposeInt("mapped", { nullable: true, description: "The map, its pictures, and writing them." }),
    measured: t.exposeInt("measured", { nullable: true, description: "The metrics, after the map." }),
    total: t.exposeInt("total", { nullable: true, description: "From the worker's start to the final map." }),
  }),
});
