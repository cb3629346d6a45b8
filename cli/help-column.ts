/** A text of the right column of a help text, wrapped to 120 characters a line. */
export function inColumn(text: string): string {
  const lines = text.match(/.{1,95}(?:\s|$)/g) ?? [];
  return lines.map((line) => line.trimEnd()).join(`\n${" ".repeat(25)}`);
}
