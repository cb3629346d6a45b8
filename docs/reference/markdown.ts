/** A text as a sentence of its own. */
export function sentence(text: string): string {
  return /[.*]$/.test(text) ? text : `${text}.`;
}

/** The anchor that GitHub gives a heading. */
export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, "")
    .replaceAll(" ", "-");
}
