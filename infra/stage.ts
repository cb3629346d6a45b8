/** What a stage is made of, as the environment of `sst deploy` says. */
export interface StageOptions {
  /** Where explanations are computed: in containers with a GPU, or in a Lambda function, without one. */
  readonly worker: "gpu" | "cpu";
  /** The most GPU containers at a time, one GPU instance each; ECS takes 5000 in a cluster. Default 2. */
  readonly gpuTasks: number;
  /** Memory of the worker in Lambda, in MB; 1769 are a CPU. Default 3008: AWS gives new accounts no more. */
  readonly cpuMemoryMb: number;
  /** The most explanations at a time in Lambda, from 2, the least that AWS knows. Default 2: new accounts may run ten functions at
   * a time, and the API needs the others for those who watch. */
  readonly cpuTasks: number;
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
    gpuTasks: count("VITCX_GPU_TASKS", 2, [1, 5000]),
    cpuMemoryMb: count("VITCX_CPU_MEMORY_MB", 3008, [1024, 10_240]),
    cpuTasks: count("VITCX_CPU_TASKS", 2, [2, 1000]),
    keepDays: count("VITCX_KEEP_DAYS", 90, [1, 36_500]),
    origins: (environment.VITCX_ORIGINS ?? "").split(",").filter((origin) => origin !== ""),
    alarmEmail: environment.VITCX_ALARM_EMAIL || undefined,
  };

  function count(name: string, otherwise: number, [least, most]: [number, number]): number {
    const given = environment[name] || String(otherwise);
    const value = Number(given);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new Error(`Expected ${name} to be an integer from ${least} to ${most}, got ${given}.`);
  }
}
