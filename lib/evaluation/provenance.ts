import { sha256 } from "../explanation/request/request.ts";
import type { ExplainedModel } from "./explainers/explainer.ts";
import type { Given } from "./row.ts";
import type { Subject } from "./dataset/subject.ts";

/** What a request about a subject is about. */
export function givenOf(subject: Subject, image: Uint8Array, model: Pick<ExplainedModel, "digest">): Given {
  return { image: sha256(image), ...besides(subject, model) };
}

/** Whether it is still the same; `imageNow` is asked for the image's SHA-256 only where all else is. */
export async function isUnchanged(
  { image, ...before }: Given,
  subject: Subject,
  model: Pick<ExplainedModel, "digest">,
  imageNow: () => Promise<string | null>,
): Promise<boolean> {
  const now = besides(subject, model);
  return sorted(before) === sorted(now) && image === (await imageNow());
}

function besides({ target, boxes }: Subject, { digest }: Pick<ExplainedModel, "digest">): Omit<Given, "image"> {
  const sides = boxes?.map(({ left, top, right, bottom }) => [left, top, right, bottom] as const);
  return { model: digest, target: target ?? null, ...(sides && { boxes: sides }) };
}

function sorted({ model, target, boxes }: Omit<Given, "image">): string {
  return JSON.stringify([model, target, boxes ?? null]);
}
