import type { Failure } from "./row.ts";
import type { Asked, Cost } from "./results.ts";

/** 1 subject, 30 subjects. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** What an evaluation was, in a sentence. */
export function sentenceOf({ models, methods, metrics, subjects }: Asked): string {
  const parts = [counted(subjects, "subject"), counted(methods.length, "method"), counted(Object.keys(metrics).length, "metric")];
  return `${parts[0]}, each explained by ${counted(models.length, "model")} with ${parts[1]} and measured by ${parts[2]}.`;
}

/** How to read the tables. */
export const notes: readonly string[] = [
  "↓ less is better, ↑ more is better. The best mean of a column is bold.",
  "Intervals are percentile bootstrap intervals of the mean (2000 resamples, seeded) over subjects. Of fewer than 20 subjects or so they are too narrow.",
  "A difference is called better or worse where its interval excludes 0. Nothing is corrected for the number of comparisons: with many, one in twenty is such by chance.",
  "Pointing game is the share of hits, and localisation the share of objects found: those whose box overlaps the map's by half or more. Beside a picture, localisation is the overlap itself.",
];

/** Of whom and how much: what the medians are of. */
export const costsCaption = "Medians over subjects, on a machine that may have done other things as well";

export function secondsOf({ seconds }: Cost): string {
  return seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(0);
}

/** Which explanations are missing, in a sentence. */
export function failuresSentence(failures: readonly Failure[]): string {
  return `${counted(failures.length, "explanation")} could not be made and ${failures.length === 1 ? "is" : "are"} missing above.`;
}
