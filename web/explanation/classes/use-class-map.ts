import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { ask } from "../../api/graphql.ts";
import { classMapQuery, type ClassFragment, type ClassMapQuery } from "../../api/operations.ts";
import { fetchNpy } from "./fetch-npy.ts";
import { ownPath } from "../../api/own-path.ts";

type Answer = NonNullable<ClassMapQuery["explanation"]>;

export type ScoredMask = NonNullable<Answer["masks"]>[number];

/** What one run has found out about one class. */
export interface ClassMap {
  readonly target: ClassFragment;
  /** [height, width], 0 to 1. */
  readonly map: Tensor;
  /** Whether 0.5 is nothing, and what is below it speaks against the class. */
  readonly isSigned: boolean;
  /** Where the numbers are, as a .npy file. */
  readonly raw: string;
  /** By score, the highest first; none of a method that has no masks to show. */
  readonly masks: readonly ScoredMask[];
  readonly overdetermined: boolean;
}

/**
 * The map of a class, once the explanation is `ready`. While another one is fetched, the one before stays; each is fetched once.
 * `error` is why the one that is wanted is not there, until `retry`.
 */
export function useClassMap(id: string, target: number | undefined, ready: boolean) {
  const known = useRef(new Map<string, Promise<ClassMap>>());
  const [shown, setShown] = useState<ClassMap>();
  const [error, setError] = useState<string>();
  const [round, setRound] = useState(0);

  useEffect(() => {
    if (!ready || target === undefined) return;
    let current = true;
    const key = `${id} ${target}`;
    const fetching = known.current.get(key) ?? fetchClassMap(id, target);
    known.current.set(key, fetching);
    setError(undefined);
    fetching.then(
      (classMap) => current && setShown(classMap),
      (reason: Error) => {
        known.current.delete(key);
        if (current) setError(reason.message);
      },
    );
    return () => void (current = false);
  }, [id, target, ready, round]);

  const retry = useCallback(() => setRound((round) => round + 1), []);
  return { shown, error, retry };
}

async function fetchClassMap(id: string, target: number): Promise<ClassMap> {
  const { explanation } = await ask(classMapQuery, { id, target: String(target) });
  if (!explanation?.saliencyMap) throw new Error("It is not there yet.");
  const { saliencyMap, masks, diagnostics } = explanation;
  const raw = ownPath(saliencyMap.raw);
  return {
    target: saliencyMap.target,
    raw,
    map: await fetchNpy(raw),
    isSigned: saliencyMap.isSigned,
    masks: (masks ?? []).toSorted((a, b) => b.score - a.score),
    overdetermined: diagnostics?.overdetermined ?? false,
  };
}

/** The masks themselves, [K, h, w] on the patch grid: the same for every class. */
export function useMasks(url: string | undefined) {
  const [masks, setMasks] = useState<Tensor>();
  const [error, setError] = useState<string>();
  const [round, setRound] = useState(0);
  useEffect(() => {
    let current = true;
    if (url === undefined) return;
    setError(undefined);
    fetchNpy(url).then(
      (masks) => current && setMasks(masks),
      (reason: Error) => current && setError(reason.message),
    );
    return () => void (current = false);
  }, [url, round]);
  const retry = useCallback(() => setRound((round) => round + 1), []);
  return { masks, error, retry };
}
