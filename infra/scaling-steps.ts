/** The most steps that AWS takes in a policy. */
const MAX_STEPS = 20;

/** From more than `work` seconds of work on, this many containers. */
export interface Step {
  readonly work: number;
  readonly tasks: number;
}

/**
 * One container from the first job on, and one more for each further `targetWait` seconds of work, up to `maxTasks`: work, in seconds of
 * one container, divided by the containers is how long the last job waits. Where these are more steps than AWS takes, the steps grow with
 * the number of containers, each by the same factor: a step then starts more than the work at its beginning needs, and never fewer.
 */
export function scalingSteps(maxTasks: number, targetWait: number): Step[] {
  const count = Math.min(MAX_STEPS, maxTasks);
  const tasks = Array.from({ length: count }, (_, i) =>
    i === 0 ? 1 : Math.max(i + 1, Math.round(maxTasks ** (i / (count - 1)))),
  );
  return tasks.map((each, i) => ({ work: (tasks.slice(0, i).at(-1) ?? 0) * targetWait, tasks: each }));
}
