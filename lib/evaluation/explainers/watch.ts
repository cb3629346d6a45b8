import { setTimeout as wait } from "node:timers/promises";
import { CodedError, type ErrorCode } from "../../errors.ts";
import { ExplanationFailed } from "./explainer.ts";
import type { GraphqlClient } from "./graphql-client.ts";

/** How many explanations one request asks about; the API takes 50 aliases. */
const TOGETHER = 40;

interface State {
  readonly status: string;
  readonly error: { readonly code: string; readonly message: string } | null;
}

interface Watched {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Waits for the ends of explanations, with one request for all of them every `pollMs`. The promise is rejected with an ExplanationFailed
 * where an explanation ends otherwise than in success, and with what keeps the service from being asked.
 */
export function watcher(client: GraphqlClient, pollMs: number, stop: AbortSignal): (id: string) => Promise<void> {
  const watched = new Map<string, Watched[]>();
  let isLooking = false;

  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    try {
      while (watched.size > 0) {
        for (const ids of chunks([...watched.keys()])) await settle(ids);
        if (watched.size > 0) await wait(pollMs, undefined, { signal: stop });
      }
    } catch (error) {
      const all = [...watched.values()].flat();
      watched.clear();
      for (const { reject } of all) reject(stop.aborted ? stop.reason : error);
    } finally {
      isLooking = false;
    }
  }

  async function settle(ids: readonly string[]): Promise<void> {
    const states = await statesOf(client, ids).catch((error: unknown) => {
      if (error instanceof CodedError && error.code === "INTERNAL") return null;
      throw error;
    });
    // One that cannot be read hides the others: ask for fewer.
    if (states === null && ids.length > 1) {
      const half = Math.ceil(ids.length / 2);
      await settle(ids.slice(0, half));
      return settle(ids.slice(half));
    }
    for (const [i, id] of ids.entries()) {
      const ending =
        states === null
          ? new ExplanationFailed("INTERNAL", `The service cannot read the explanation ${id}.`)
          : endingOf(id, states[i]!);
      if (ending === "none") continue;
      const waiting = watched.get(id) ?? [];
      watched.delete(id);
      for (const { resolve, reject } of waiting)
        if (ending === "success") resolve();
        else reject(ending);
    }
  }

  return (id) =>
    new Promise((resolve, reject) => {
      watched.set(id, [...(watched.get(id) ?? []), { resolve, reject }]);
      void look();
    });
}

function chunks(ids: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(ids.length / TOGETHER) }, (_, i) => ids.slice(i * TOGETHER, (i + 1) * TOGETHER));
}

async function statesOf(client: GraphqlClient, ids: readonly string[]): Promise<readonly (State | null)[]> {
  const variables = Object.fromEntries(ids.map((id, i) => [`id${i}`, id]));
  const declared = ids.map((_, i) => `$id${i}: ID!`).join(", ");
  const asked = ids.map((_, i) => `e${i}: explanation(id: $id${i}) { status error { code message } }`).join("\n");
  const found = await client.ask<Record<string, State | null>>(`query (${declared}) {\n${asked}\n}`, variables);
  return ids.map((_, i) => found[`e${i}`] ?? null);
}

function endingOf(id: string, state: State | null): "none" | "success" | ExplanationFailed {
  if (state === null) return forgotten(id);
  if (state.status === "SUCCEEDED") return "success";
  if (state.status === "CANCELED") return new ExplanationFailed("EXPLANATION_FINISHED", `The explanation ${id} was cancelled.`);
  return state.error ? new ExplanationFailed(state.error.code as ErrorCode, state.error.message) : "none";
}

export function forgotten(id: string): ExplanationFailed {
  return new ExplanationFailed("EXPLANATION_UNKNOWN", `The service knows nothing of the explanation ${id} any more.`);
}
