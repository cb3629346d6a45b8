import type { Verification } from "../../lib/vit/catalog/verify.ts";
import type { InstalledModel, Problem } from "../../lib/vit/catalog/catalog.ts";
import type { SourceInspection } from "../../lib/vit/catalog/add.ts";
import type { PlaceCheck } from "../../lib/vit/places/place-check.ts";
import { isMultiLabel } from "../../lib/vit/catalog/output-kind.ts";
import type { InspectedBlock, InspectionRefused } from "../../lib/vit/catalog/inspect.ts";

/** What `inspect` shows. */
export function inspectionText({
  family,
  input,
  output,
  blocks,
  embedding,
  why,
  placeCheck,
  notices = [],
}: SourceInspection): string {
  const [height, width] = embedding.grid;
  const reason = input.batchScales
    ? "it is quantised by scales of a whole batch; a file of fp32 or fp16 is faster"
    : "export with a dynamic batch axis to be faster";
  const batch = input.batch === 1 ? `1 image at a time (${reason})` : "any number of images";
  const depth = input.channels === "gray" ? 1 : 3;
  const pixels = `${input.height} x ${input.width}`;
  const sizes = input.layout === "nhwc" ? `${pixels} x ${depth}` : `${depth} x ${pixels}`;
  return [
    `family     ${family}`,
    `input      ${input.name}: ${input.type}, ${sizes}, ${input.channels}, ${input.range}, ${batch}`,
    `output     ${output.name}: ${output.classes} ${output.kind ?? "scores; what they are must be said with --output"}`,
    `embedding  ${embedding.tensor}: ${height} x ${width} patches of ${embedding.channels}, ${embedding.prefixTokens} before them (${why})`,
    `places     ${placeText(placeCheck)}${embedding.order ? "; the tokens lie in another order than row by row, which was found by experiment" : ""}`,
    ...notices.map((notice) => `notice     ${notice}`),
    "",
    blocksTable(blocks),
  ].join("\n");
}

/** What `inspect` shows of a model that it refuses: what may be named with --embedding. */
export function refusalText({ message, blocks, candidates }: InspectionRefused, json: boolean): string {
  if (json) return JSON.stringify({ refused: message, blocks, candidates }, undefined, 2);
  const norms = candidates.map(({ tensor, shape }) => [tensor, shape.join(" x ")]);
  return [
    ...(blocks.length > 0 ? [blocksTable(blocks)] : []),
    ...(norms.length > 0 ? [table([["layer norm's output", "shape"], ...norms])] : []),
  ].join("\n\n");
}

function placeText({ patches, share, own }: PlaceCheck): string {
  const percent = (value: number) => `${Math.round(100 * value)} %`;
  return `of ${patches} patches changed one at a time, the own token or a neighbour moved most in ${percent(share)}, the own in ${percent(own)}`;
}

function blocksTable(blocks: readonly InspectedBlock[]): string {
  const rows = blocks.map(({ attention, tensor, problem, patches, chosen }, i) => [
    chosen ? ">" : "",
    `${i + 1}`,
    attention,
    tensor ?? `none: ${problem}`,
    patches ? `${patches.rows} x ${patches.columns} x ${patches.channels}` : "",
    patches ? `${patches.prefixTokens}` : "",
  ]);
  return table([["", "block", "attention", "embedding", "grid", "prefix"], ...rows]);
}

export function listText(models: readonly InstalledModel[], problems: readonly Problem[]): string {
  const rows = models.map(({ manifest: { id, title, labels, input, output }, folder }) => [
    id,
    `${input.height} x ${input.width}`,
    `${labels.length} ${isMultiLabel(output) ? "labels" : "classes"}`,
    title,
    folder,
  ]);
  return [table(rows), ...problems.map(({ folder, message }) => `cannot be used: ${folder}: ${message}`)].join("\n");
}

export function verificationText({ classes, maps, masks, seconds, checks, placeCheck }: Verification): string {
  return [
    ...classes.map(({ label, probability }) => `${(100 * probability).toFixed(1).padStart(5)} %  ${label}`),
    `K = ${masks} masks of ${maps} embedding maps, ${seconds.toFixed(1)} s`,
    ...checks.map(({ name, difference, tolerance }) => {
      const passed = difference <= tolerance ? "passed" : "FAILED";
      return `${passed}  ${name}: ${difference.toExponential(1)} apart, at most ${tolerance}`;
    }),
    `${placeCheck.passed ? "passed" : "FAILED"}  places: ${placeText(placeCheck)}`,
  ].join("\n");
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
