/** Takes the user to the first field that is wrong, or to the words about it; what is in view already does not move. */
export function showWrong(form: HTMLElement): void {
  const wrong = form.querySelector<HTMLElement>("[aria-invalid], .error:not(:empty)");
  // A field that has the focus already would not come into view by getting it.
  wrong?.focus({ preventScroll: true });
  (wrong?.closest(".field") ?? wrong)?.scrollIntoView({ block: "nearest" });
}
