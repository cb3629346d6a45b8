/** Three digits, with a minus sign that is as wide as a plus. */
export function figures(value: number): string {
  const text = Math.abs(value).toFixed(3);
  return value < 0 && text !== "0.000" ? `−${text}` : text;
}

/** Which way is better, in words. */
export function betterOf(moreIsBetter: boolean): string {
  return moreIsBetter ? "↑ more is better" : "↓ less is better";
}
