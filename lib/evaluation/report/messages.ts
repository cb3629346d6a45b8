import { CodedError } from "../../errors.ts";
import type { Resumed } from "../resume.ts";
import type { Failure } from "../row.ts";
import type { Asked, Cost, Results } from "./results.ts";
import type { LeftOut } from "../dataset/subject.ts";

/** 1 subject, 30 subjects. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** What an evaluation was, in a sentence. */
export function sentenceOf({ models, methods, metrics, subjects }: Asked): string {
  const parts = [counted(subjects, "subject"), counted(methods.length, "method"), counted(Object.keys(metrics).length, "metric")];
  return `${parts[0]}, each explained by ${counted(models.length, "model")} with ${parts[1]} and measured by ${parts[2]}.`;
}

/** Names that a sentence of what is left out lists. */
const NAMED = 5;

/** What is not in the tables, a sentence each. */
export function gapsOf({ asked, unseen, missing }: Results): readonly string[] {
  const leftOut = (asked.leftOut ?? []).map(leftOutSentence);
  const blind = unseen.map(({ model, subjects }) => {
    return `Of ${counted(subjects, "subject")} the model ${model} sees no box; the metrics of boxes go without.`;
  });
  const unfinished = missing === 0 ? [] : [`It was ended before: ${counted(missing, "explanation")} of it can still be made.`];
  return [...leftOut, ...blind, ...unfinished];
}

/** What is said before an evaluation goes on. */
export function resumedSentences({ changed, unmarked }: Pick<Resumed, "changed" | "unmarked">): readonly string[] {
  const asked = `${counted(changed, "line")} of rows.ndjson answer${changed === 1 ? "s" : ""} requests about other images, classes, boxes, seeds or weights`;
  const taken = `${counted(unmarked, "line")} of rows.ndjson, of an earlier version, do${unmarked === 1 ? "es" : ""} not say`;
  return [
    ...(changed === 0 ? [] : [`${asked} than are asked now; these are asked again.`]),
    ...(unmarked === 0 ? [] : [`${taken} which image, class and weights were asked about, and count by their names.`]),
  ];
}

/** What there is to say where no explanation could be made. */
export function nothingMade([first, ...others]: readonly Pick<Failure, "error">[]): CodedError {
  if (!first) return new CodedError("BAD_USER_INPUT", "There is nothing to explain.");
  const { code, message } = first.error;
  const all = others.length === 0 ? "the only one" : `the first of ${others.length + 1}`;
  return new CodedError("INTERNAL", `No explanation could be made; ${all} failed with ${code}: ${message}`);
}

/** A command as it can be pasted into a shell. */
export function commandText(args: readonly string[]): string {
  const quoted = args.map((each) => (/^[\w@%+=:,./-]+$/.test(each) ? each : `'${each.replaceAll("'", String.raw`'\''`)}'`));
  return `vitcx evaluate ${quoted.join(" ")}`;
}

export function leftOutSentence({ why, names }: LeftOut): string {
  const more = names.length > NAMED ? `, and ${names.length - NAMED} more` : "";
  return `Left out, as ${why}: ${names.slice(0, NAMED).join(", ")}${more}.`;
}

/** How to read the tables. */
export const notes: readonly string[] = [
  "↓ less is better, ↑ more is better. The best mean of a column is bold.",
  "Intervals are percentile bootstrap intervals of the mean (2000 resamples, seeded) over images; subjects of one image are drawn together. Of fewer than 20 images or so they are too narrow.",
  "A difference is called better or worse where its interval excludes 0. Nothing is corrected for the number of comparisons: with many, one in twenty is such by chance.",
  "Pointing game is the share of hits over all subjects, also in its intervals and differences; its paper takes the mean over the classes of each one's share.",
  "Localisation is the share of objects found: those whose box overlaps the map's by half or more. Beside a picture, localisation is the overlap itself.",
];

/** What the two shares of hits are. */
export const pointingCaption =
  "The share of hits over all subjects, and as in its paper the mean over the classes of each one's share";

/** Of whom and how much: what the medians are of. */
export const costsCaption =
  "Medians over subjects, on a machine that may have done other things as well; passes are images that the model was shown for one map";

export function secondsOf({ seconds }: Cost): string {
  return seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(0);
}

/** Which explanations are missing, in a sentence. */
export function failuresSentence(failures: readonly Failure[]): string {
  return `${counted(failures.length, "explanation")} could not be made and ${failures.length === 1 ? "is" : "are"} missing above.`;
}

/** Failures that are listed one by one. */
const LISTED = 50;

/** Those that are listed, and how many more there are. */
export function listedFailures(failures: readonly Failure[]): { readonly listed: readonly Failure[]; readonly more: number } {
  return { listed: failures.slice(0, LISTED), more: Math.max(0, failures.length - LISTED) };
}
