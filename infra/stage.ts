/** What a stage is made of, as the environment of `sst deploy` says. */
export interface StageOptions {
  /** Where explanations are computed: in containers with a GPU, or in a Lambda function, without one. */
  readonly worker: "gpu" | "cpu";
  /** The most GPU containers at a time, one GPU instance each. Default 2. */
  readonly gpuTasks: number;
  /** Days after which an explanation and its image are deleted. Default 90. */
  readonly keepDays: number;
  /** Web origins whose pages may use the API. Default none but its own. */
  readonly origins: readonly string[];
  /** Who hears of the alarms; nobody by default. */
  readonly alarmEmail: string | undefined;
}

/** Throws where a variable has a value that it cannot have. */
export function stageOptions(environment: Readonly<Record<string, string | undefined>>): StageOptions {
  const worker = environment.VITCX_WORKER || "cpu";
  if (worker !== "gpu" && worker !== "cpu") throw new Error(`Expected VITCX_WORKER to be gpu or cpu, got ${worker}.`);
  return {
    worker,
    gpuTasks: count("VITCX_GPU_TASKS", 2, 100),
    keepDays: count("VITCX_KEEP_DAYS", 90, 36_500),
    origins: (environment.VITCX_ORIGINS ?? "").split(",").filter((origin) => origin !== ""),
    alarmEmail: environment.VITCX_ALARM_EMAIL || undefined,
  };

  function count(name: string, otherwise: number, most: number): number {
    const given = environment[name] || String(otherwise);
    const value = Number(given);
    if (Number.isInteger(value) && value >= 1 && value <= most) return value;
    throw new Error(`Expected ${name} to be an integer from 1 to ${most}, got ${given}.`);
  }
}
