import { useEffect, useRef, useState } from "preact/hooks";
import { decodeNpy } from "../../lib/tensor/npy.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import { ask } from "../api/graphql.ts";
import { classMapQuery, type ClassFragment, type ClassMapQuery } from "../api/operations.ts";

type Answer = NonNullable<ClassMapQuery["explanation"]>;

export type ScoredMask = NonNullable<Answer["masks"]>[number];

/** What one run has found out about one class. */
export interface ClassMap {
  readonly target: ClassFragment;
  /** [height, width], 0 to 1. */
  readonly map: Tensor;
  /** Where the numbers are, as a .npy file. */
  readonly raw: string;
  /** By score, the highest first; none of a method that has no masks to show. */
  readonly masks: readonly ScoredMask[];
  readonly overdetermined: boolean;
}

/**
 * The map of a class, once the explanation is `ready`. While another one is fetched, the one before stays; each is fetched once.
 */
export function useClassMap(id: string, target: number | undefined, ready: boolean) {
  const known = useRef(new Map<string, Promise<ClassMap>>());
  const [shown, setShown] = useState<ClassMap>();
  const [error, setError] = useState<string>();

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
  }, [id, target, ready]);

  return { shown, error };
}

async function fetchClassMap(id: string, target: number): Promise<ClassMap> {
  const { explanation } = await ask(classMapQuery, { id, target: String(target) });
  if (!explanation?.saliencyMap) throw new Error("The map is not there yet.");
  const { saliencyMap, masks, diagnostics } = explanation;
  return {
    target: saliencyMap.target,
    raw: saliencyMap.raw,
    map: await fetchNpy(saliencyMap.raw),
    masks: (masks ?? []).toSorted((a, b) => b.score - a.score),
    overdetermined: diagnostics?.overdetermined ?? false,
  };
}

/** The masks themselves, [K, h, w] on the patch grid: the same for every class. */
export function useMasks(url: string | undefined): Tensor | undefined {
  const [masks, setMasks] = useState<Tensor>();
  useEffect(() => {
    let current = true;
    if (url === undefined) return;
    void fetchNpy(url).then(
      (masks) => current && setMasks(masks),
      () => undefined,
    );
    return () => void (current = false);
  }, [url]);
  return masks;
}

async function fetchNpy(url: string): Promise<Tensor> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The numbers of the map cannot be read (${response.status}).`);
  return decodeNpy(new Uint8Array(await response.arrayBuffer()));
}
