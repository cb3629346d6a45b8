import { CodedError } from "../../lib/errors.ts";

/**
 * What one request may have drawn and written out: all masks and events of an explanation of 1024 masks, or all files of the maps of
 * fifty classes. Without it a query of one line would ask for a hundred explanations with a hundred pictures each.
 */
const BUDGET = 3000;

/** What a small map costs, as a picture or as numbers, and a file of a class's map that nobody has asked for before. */
const COSTS = { smallMap: 1, classMap: 20 };

/** What a request, or one event of a subscription, may still have drawn. */
export class DrawingBudget {
  #left = BUDGET;

  /** Throws QUERY_TOO_LARGE where there is not so much left. */
  take(what: keyof typeof COSTS): void {
    this.#left -= COSTS[what];
    if (this.#left >= 0) return;
    const most = `${BUDGET} small maps, or ${BUDGET / COSTS.classMap} files of maps of other classes`;
    throw new CodedError("QUERY_TOO_LARGE", `The request asks for more than is drawn for one, ${most}: ask in several.`);
  }

  renew(): void {
    this.#left = BUDGET;
  }
}
