import { ask } from "../api/graphql.ts";
import { modelsQuery, type ModelsQuery } from "../api/operations.ts";
import { type Answer, useAnswer } from "../use-answer.ts";

export type Model = ModelsQuery["models"][number];

/** The models that can be asked. */
export function useModels(): Answer<readonly Model[]> {
  return useAnswer(async (signal) => (await ask(modelsQuery, {}, signal)).models);
}
