interface Named {
  readonly label: string;
  readonly probability: number;
}

/** What of a classification is listed for people. */
export interface Listed<Class extends Named> {
  readonly classes: readonly Class[];
  /** Of a model with a single label, what is so otherwise: its probability is what is left of 1. */
  readonly complement?: Named;
  /** What the numbers mean, where they are no shares of 1. */
  readonly note?: string;
}

/** Of classes that exclude each other, how many are listed; of labels, how many there are to compare at least. */
const [FEW, LEAST] = [5, 3];
/** From this probability on a label is said to be true. */
const TRUE = 0.5;

/**
 * The most probable classes; of a multi-label model all labels that are more probable than not, and the next where these are few.
 *
 * @param predictions the most probable first; of a model with a single label that one alone
 */
export function listedClasses<Class extends Named>(predictions: readonly Class[], isMultiLabel: boolean): Listed<Class> {
  if (!isMultiLabel) return { classes: predictions.slice(0, FEW) };
  const [only, ...others] = predictions;
  if (only && others.length === 0) {
    const label = only.label === "yes" ? "no" : `not ${only.label}`;
    return { classes: [only], complement: { label, probability: 1 - only.probability } };
  }
  const count = predictions.filter(({ probability }) => probability >= TRUE).length;
  const note = `Each label has a probability of its own; several can be true.${count > 0 ? "" : " None reaches 50 % here."}`;
  return { classes: predictions.slice(0, Math.max(count, LEAST)), note };
}
