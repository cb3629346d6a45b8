/** Jobs that one container has before it, at most, before another is worth an instance: it does about as many in a minute. */
export const JOBS_PER_TASK = 20;

/** The most steps that AWS takes in a policy. */
const MAX_STEPS = 20;

/** From `jobs` waiting or running on, this many containers. */
export interface Step {
  readonly jobs: number;
  readonly tasks: number;
}

/**
 * One container from the first job on, and one more for each further JOBS_PER_TASK, up to `maxTasks`. Where these are more steps than
 * AWS takes, the steps grow with the number of containers, each by the same factor: a step then starts more than the jobs at its
 * beginning need, and never fewer.
 */
export function scalingSteps(maxTasks: number): Step[] {
  const count = Math.min(MAX_STEPS, maxTasks);
  const tasks = Array.from({ length: count }, (_, i) =>
    i === 0 ? 1 : Math.max(i + 1, Math.round(maxTasks ** (i / (count - 1)))),
  );
  return tasks.map((each, i) => ({ jobs: i === 0 ? 1 : tasks[i - 1]! * JOBS_PER_TASK + 1, tasks: each }));
}
