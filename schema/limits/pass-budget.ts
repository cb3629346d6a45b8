import { CodedError } from "../../lib/errors.ts";
import { MOST_PASSES } from "../../lib/explanation/request/cost.ts";

/** The passes of the model that one request may ask for, all of its explanations together: as many as one explanation may take. */
export class PassBudget {
  readonly #allowed: number;
  #left: number;

  constructor(allowed = MOST_PASSES) {
    this.#allowed = allowed;
    this.#left = allowed;
  }

  /** Throws QUERY_TOO_LARGE where there are not so many left. */
  take(passes: number): void {
    this.#left -= passes;
    if (this.#left >= 0) return;
    const most = this.#allowed.toLocaleString("en");
    throw new CodedError(
      "QUERY_TOO_LARGE",
      `The explanations of one request may take ${most} passes of the model together: ask in several.`,
    );
  }
}
