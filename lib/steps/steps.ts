/** Long work as a generator: each step is progress, and the end is the result. A caller that stops iterating stops the work. */
export type Steps<Step, Result> = AsyncGenerator<Step, Result>;

/** The result of long work. `onStep` sees each step, and is waited for; where it throws, the work stops. */
export async function drain<Step, Result>(
  steps: Steps<Step, Result>,
  onStep: (step: Step) => void | Promise<void> = () => undefined,
): Promise<Result> {
  try {
    let step = await steps.next();
    for (; !step.done; step = await steps.next()) await onStep(step.value);
    return step.value;
  } finally {
    await steps.return(undefined as never);
  }
}

/** The same work, each step as `map` has it. */
export async function* mapSteps<Step, Mapped, Result>(
  steps: Steps<Step, Result>,
  map: (step: Step) => Mapped,
): Steps<Mapped, Result> {
  try {
    let step = await steps.next();
    for (; !step.done; step = await steps.next()) yield map(step.value);
    return step.value;
  } finally {
    await steps.return(undefined as never);
  }
}
