import { selectClass } from "../lib/explanation/results/class-map.ts";
import type { Deps } from "../lib/explanation/deps.ts";
import { readEvidence } from "../lib/explanation/results/evidence-files.ts";
import { eventsAfter } from "../lib/explanation/log/follow.ts";
import type { Explanation } from "../lib/explanation/log/fold.ts";
import { keys } from "../lib/explanation/keys.ts";
import { thumbnailName } from "../lib/explanation/results/map-files.ts";
import { measurementsOf } from "../lib/explanation/results/measurements.ts";
import { progressOf } from "../lib/explanation/log/progress.ts";
import { findExplanation } from "../lib/explanation/log/read.ts";
import { diagnosticsOf, filesOf, scoredMasks, timingsOf } from "../lib/explanation/results/summary.ts";
import { AskedMetricType, askedMetrics } from "./options/asked-metric.ts";
import { builder, urlOf } from "./builder.ts";
import { DiagnosticsType, TimingsType } from "./diagnostics.ts";
import { EventInterface } from "./explanation-event.ts";
import { ErrorType, PictureType, ProgressType, ResultFileType } from "./explanation-parts.ts";
import { ExplanationStatusType } from "./explanation-status.ts";
import { MethodType, OptionsType } from "./options/method.ts";
import { MaskType } from "./maps/mask.ts";
import { BoxType, MeasurementType } from "./measurement.ts";
import { ModelType } from "./model.ts";
import { UsedOptionType, usedOptions } from "./options/used-option.ts";
import { methodOf } from "../lib/methods/bind.ts";
import { first, firstPredictions, PredictionType } from "./prediction.ts";
import { SaliencyMapType } from "./maps/saliency-map.ts";

const target = "A label or an index; the explained class where it is left out.";

export const ExplanationRef = builder.objectRef<Explanation>("Explanation");

builder.node(ExplanationRef, {
  description: "What a model saw in an image, by one method with one set of options.",
  id: { resolve: ({ id }) => id },
  loadWithoutCache: (id, { deps, owner }) => findExplanation(deps, owner, id),
  fields: (t) => ({
    status: t.field({ type: ExplanationStatusType, resolve: ({ status }) => status }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    changedAt: t.expose("changedAt", { type: "DateTime", description: "When the last event happened." }),
    image: t.field({ type: PictureType, description: "The image as it was sent.", resolve: (explanation) => explanation }),
    model: t.field({
      type: ModelType,
      nullable: true,
      description: "The model that was asked; null where this service no longer holds it as it was.",
      resolve: ({ request }, _, { deps }) => deps.catalog.models.find(({ digest }) => digest === request.model.digest) ?? null,
    }),
    method: t.field({ type: MethodType, resolve: ({ request }) => request.method }),
    options: t.field({
      type: OptionsType,
      description: "The options as used, each under its name.",
      resolve: ({ request }) => request.options,
    }),
    optionValues: t.field({
      type: [UsedOptionType],
      description: "The options as used, those alone that the method has.",
      resolve: ({ request }) => usedOptions(methodOf(request.method).options, request.options),
    }),
    seed: t.int({
      description: "The seed as used, of the noise or the random masks; 0 where the method draws nothing.",
      resolve: ({ request: { options } }) => ("seed" in options ? options.seed : 0),
    }),
    attempts: t.exposeInt("attempts", { description: "How often a worker began; more than one tells of a worker that died." }),
    error: t.field({
      type: ErrorType,
      nullable: true,
      description: "Why it failed.",
      resolve: ({ latest }) => latest.FAILED ?? null,
    }),
    progress: t.field({ type: ProgressType, resolve: progressOf }),
    timings: t.field({ type: TimingsType, resolve: timingsOf }),
    predictions: t.field({
      type: [PredictionType],
      description:
        "The most probable classes, at most 100; empty until the image is classified. Of a multi-label model these are labels of which several can be true.",
      args: { first: t.arg.int({ description: first }) },
      resolve: ({ latest }, { first }) => (latest.CLASSIFIED ? firstPredictions(latest.CLASSIFIED, first) : []),
    }),
    target: t.field({
      type: PredictionType,
      nullable: true,
      description: "The explained class; null until the image is classified.",
      resolve: ({ latest }) => latest.CLASSIFIED?.target ?? null,
    }),
    saliencyMap: t.field({
      type: SaliencyMapType,
      nullable: true,
      description: "The map of any class, from the one run; null until the map is final.",
      args: { target: t.arg.id({ description: target }) },
      resolve: (explanation, args, { deps }) => selectClass(deps, explanation, args.target),
    }),
    masks: t.field({
      type: [MaskType],
      nullable: true,
      description:
        "The masks and their scores for one class, the largest cluster first; null until the map is final, and for methods other than VIT_CX.",
      args: { target: t.arg.id({ description: target }) },
      resolve: async (explanation, args, { deps }) => {
        const evidence = await evidenceOf(deps, explanation, args.target);
        const masks = evidence && scoredMasks(explanation, evidence);
        return masks && masks.map((mask) => ({ ...mask, masks: evidence.tensors["masks"]! }));
      },
    }),
    diagnostics: t.field({
      type: DiagnosticsType,
      nullable: true,
      description: "Null until the map is final, and for methods other than VIT_CX.",
      args: { target: t.arg.id({ description: target }) },
      resolve: async (explanation, args, { deps }) => {
        const evidence = await evidenceOf(deps, explanation, args.target);
        return evidence && diagnosticsOf(explanation, evidence);
      },
    }),
    thumbnail: t.string({
      nullable: true,
      description:
        "URL of the map over the picture, a JPEG of at most 160 pixels a side; null until the map is final, and for explanations older than thumbnails.",
      resolve: ({ id, latest }, _, context) => (latest.MAPPED?.thumbnail ? urlOf(keys.file(id, thumbnailName), context) : null),
    }),
    metrics: t.field({
      type: [MeasurementType],
      description: "What has been measured so far, of what was asked for.",
      resolve: (explanation) => [...measurementsOf(explanation)],
    }),
    metricsAsked: t.field({
      type: [AskedMetricType],
      description: "What was asked to be measured, with the options as used.",
      resolve: ({ request }) => askedMetrics(request.metrics),
    }),
    boxes: t.field({
      type: [BoxType],
      description: "Where the object is, as the request has it; of the metrics that need to know.",
      resolve: ({ request }) => request.metrics?.boxes ?? [],
    }),
    files: t.field({
      type: [ResultFileType],
      description: "What the run has left, for numpy and for people; empty until the map is final.",
      resolve: (explanation) => filesOf(explanation).map((name) => ({ id: explanation.id, name })),
    }),
    events: t.field({
      type: [EventInterface],
      description: "What has happened so far after event `after`; `explanationProgress` goes on from there.",
      args: { after: t.arg.int({ defaultValue: 0, required: true }) },
      resolve: (explanation, { after }) => eventsAfter(explanation, after),
    }),
  }),
});

builder.queryField("explanation", (t) =>
  t.field({
    type: ExplanationRef,
    nullable: true,
    description: "An explanation by its id; null where there is none.",
    args: { id: t.arg.id({ required: true }) },
    resolve: (_, { id }, { deps, owner }) => findExplanation(deps, owner, id),
  }),
);

/** What the run learned about a class; null until the map is final. */
async function evidenceOf(deps: Deps, explanation: Explanation, named: string | null | undefined) {
  const selected = await selectClass(deps, explanation, named);
  return selected && readEvidence(deps, explanation, selected.target.index);
}
