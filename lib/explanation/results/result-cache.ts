import pLimit from "p-limit";
import type { Explanation } from "../log/fold.ts";

/** How many large files are read, or maps drawn, at a time: each takes memory in proportion to a picture or to all classes. */
const AT_A_TIME = 2;

/** What the reading of results keeps for a while, and the limit of what it does at a time. A process makes one at its start. */
export class ResultCache {
  readonly #known = new WeakMap<Explanation, Map<string, Promise<unknown>>>();
  #picture: { readonly key: string; readonly bytes: Promise<Uint8Array> } | undefined;
  /** Two limits, for a map that is drawn reads files. */
  readonly limitReads = pLimit(AT_A_TIME);
  readonly limitDraws = pLimit(AT_A_TIME);

  /**
   * What `find` finds out about an explanation, once for each object of it, however many fields of an answer ask; `what` names it. It
   * is kept as long as the object is, so it should be small.
   */
  memoize<Result>(explanation: Explanation, what: string, find: () => Promise<Result>): Promise<Result> {
    const known = this.#known.get(explanation) ?? new Map<string, Promise<unknown>>();
    this.#known.set(explanation, known);
    const result = (known.get(what) as Promise<Result> | undefined) ?? find();
    known.set(what, result);
    return result;
  }

  /** The picture that was drawn on last, so that all overlays of an explanation fetch it once; no other is kept. */
  picture(key: string, fetch: () => Promise<Uint8Array>): Promise<Uint8Array> {
    if (this.#picture?.key === key) return this.#picture.bytes;
    const bytes = fetch();
    this.#picture = { key, bytes };
    bytes.catch(() => (this.#picture = undefined));
    return bytes;
  }
}
