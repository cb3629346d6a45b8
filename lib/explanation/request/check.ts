import { inspectImage } from "../../image/decode.ts";
import { CodedError } from "../../errors.ts";
import { methodOf } from "../../methods/bind.ts";
import type { Catalog, InstalledModel } from "../../vit/catalog/catalog.ts";
import { classIndex } from "../../vit/catalog/labels.ts";
import { checkCost } from "./cost.ts";
import { givenName } from "./given-name.ts";
import { completeMetrics } from "./metrics.ts";
import type { MethodName } from "../../methods/registry.ts";
import { type GivenOptions, isGiven } from "../../options/complete.ts";
import { completeMethod } from "./method-config.ts";
import { ALGORITHM_VERSION, type ExplanationRequest, sha256 } from "./request.ts";

/** What a user sends to have an image explained. */
export interface Submission {
  readonly owner: string;
  readonly image: Uint8Array;
  /** The id of a model of the catalog; the default model where it is left out. */
  readonly model?: string | null | undefined;
  /** A label or an index; the most probable class where it is left out. */
  readonly target?: string | null | undefined;
  readonly method: MethodName;
  readonly options?: GivenOptions;
  /** What is to be measured once the map is there: see `MetricsConfig`, of which everything may be left out. */
  readonly metrics?: unknown;
}

/**
 * The request that a submission asks, with everything filled in that it leaves open. This is the edge: throws IMAGE_…,
 * MODEL_UNKNOWN, MODEL_UNUSABLE, CLASS_UNKNOWN or BAD_USER_INPUT for all that could be wrong with it, also where it asks for more passes of the
 * model than are allowed.
 */
export async function check(catalog: Catalog, submission: Submission, allowedPasses?: number): Promise<ExplanationRequest> {
  const installed = isGiven(submission.model) ? catalog.get(givenName("model", submission.model)) : catalog.default;
  const { manifest, digest } = installed;
  const target = isGiven(submission.target) ? classIndex(manifest, givenName("target", submission.target)) : null;
  const config = completeMethod(submission.method, submission.options ?? {}, manifest);
  await checkNeeds(catalog, installed, submission.method);
  const { format, width, height } = await inspectImage(submission.image);
  const image = { format, width, height, bytes: submission.image.length, sha256: sha256(submission.image) };
  const model = { id: manifest.id, digest, input: manifest.input };
  const metrics = completeMetrics(submission.metrics, image, manifest.input, submission.method);
  checkCost(config, metrics, manifest, allowedPasses);
  return {
    algorithmVersion: ALGORITHM_VERSION,
    owner: submission.owner,
    model,
    image,
    target,
    ...config,
    ...(metrics && { metrics }),
  };
}

/** Refuses a model that lacks what the method needs. */
async function checkNeeds(catalog: Catalog, model: InstalledModel, name: MethodName): Promise<void> {
  const { needs, title } = methodOf(name);
  const lack = needs === "gradients" || needs === "class-token" ? await catalog.lackOf(model, needs) : null;
  if (lack !== null) throw new CodedError("MODEL_UNUSABLE", `${title} cannot explain the model "${model.manifest.id}": ${lack}.`);
}
