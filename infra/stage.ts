import { readFileSync } from "node:fs";

/** What a stage is made of, as stages.json says. */
export interface StageOptions {
  /** Where explanations are computed: in containers with a GPU, or in a Lambda function, without one. Default cpu. */
  readonly worker: "gpu" | "cpu";
  /** The most GPU containers at a time, one GPU instance each, 1 to 5000, which ECS takes in a cluster. Default 2. */
  readonly gpuTasks: number;
  /** Whether all GPU instances but the first are Spot instances. Default true: a job whose instance is taken away begins again. */
  readonly gpuSpot: boolean;
  /** Seconds that a job should wait for a GPU at most, once one runs: 10 to 3600. Default 60. */
  readonly targetWaitSeconds: number;
  /** Memory of the worker in Lambda, in MB, 1024 to 10240; 1769 are a CPU. Default 3008: AWS gives new accounts no more. */
  readonly cpuMemoryMb: number;
  /** The processors of that function. arm64, Graviton, costs a fifth less a second. Default x86_64: ONNX Runtime has crashed on Lambda's arm64, see
   * docs/deploy.md. */
  readonly cpuArchitecture: "x86_64" | "arm64";
  /** The most explanations at a time in Lambda, 2, the least that AWS knows, to 1000. Default 2: new accounts may run ten functions at
   * a time, and the API needs the others for those who watch. */
  readonly cpuTasks: number;
  /** Executions that are kept for the API, 0 to 10000; 0, the default, keeps none. AWS leaves 100 for all others, so a new account has none. */
  readonly apiConcurrency: number;
  /** What an owner may use who has no limits of their own (`vitcx keys limit`), each 0, the default, for no limit: passes of the model of
   * all explanations that wait or run, requests a minute, and megabytes of images and results. */
  readonly ownerQueuedPasses: number;
  readonly ownerRequestsPerMinute: number;
  readonly ownerStoredMb: number;
  /** Days after which an explanation and its image are deleted, 1 to 36500. Default 90. */
  readonly keepDays: number;
  /** Web origins whose pages may use the API. Default none but its own. */
  readonly origins: readonly string[];
  /** The API's and the page's own domain, such as maps.example.org, whose zone is in the account's Route 53. Default none: Lambda's URL. */
  readonly domain: string | undefined;
  /** Who hears of the alarms; nobody by default. */
  readonly alarmEmail: string | undefined;
  /** US dollars a month that a stage may cost before who hears of the alarms is told, 0 to 1000000; 0, the default, for any. */
  readonly monthlyBudget: number;
}

const FILE = "stages.json";

/** The settings of a stage, which are committed, so that a deployment from another machine makes the same stage. Throws where they are wrong. */
export function readStage(stage: string): StageOptions {
  const stages: unknown = JSON.parse(readFileSync(FILE, "utf8"));
  if (!isObject(stages)) throw new Error(`Expected ${FILE} to be an object of stages, got ${JSON.stringify(stages)}.`);
  refuseVariables(process.env);
  return stageOptions(stages[stage] ?? stages["*"] ?? {}, stage);
}

export function stageOptions(given: unknown, stage = "dev"): StageOptions {
  if (!isObject(given)) throw new Error(`Expected the stage ${stage} to be an object, got ${JSON.stringify(given)}.`);
  const { worker = "cpu", gpuSpot = true, cpuArchitecture = "x86_64", origins = [], domain, alarmEmail, ...numbers } = given;
  const unknown = Object.keys(numbers).find((name) => !(name in ranges));
  if (unknown !== undefined)
    throw new Error(`Expected settings of the stage ${stage} among ${settings.join(", ")}, got ${unknown}.`);
  if (worker !== "gpu" && worker !== "cpu") refuse("worker", '"gpu" or "cpu"', worker);
  if (cpuArchitecture !== "x86_64" && cpuArchitecture !== "arm64")
    refuse("cpuArchitecture", '"x86_64" or "arm64"', cpuArchitecture);
  if (typeof gpuSpot !== "boolean") refuse("gpuSpot", "true or false", gpuSpot);
  if (!Array.isArray(origins) || !origins.every((origin) => typeof origin === "string"))
    refuse("origins", "a list of origins", origins);
  if (alarmEmail !== undefined && typeof alarmEmail !== "string") refuse("alarmEmail", "an address", alarmEmail);
  if (domain !== undefined && !(typeof domain === "string" && DOMAIN.test(domain)))
    refuse("domain", "a domain such as maps.example.org", domain);
  const count = (name: keyof typeof ranges) => {
    const [otherwise, least, most] = ranges[name];
    const value = numbers[name] ?? otherwise;
    if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
      refuse(name, `an integer from ${least} to ${most}`, value);
    }
    return value as number;
  };
  return {
    worker,
    gpuSpot,
    cpuArchitecture,
    origins,
    domain,
    alarmEmail,
    gpuTasks: count("gpuTasks"),
    targetWaitSeconds: count("targetWaitSeconds"),
    cpuMemoryMb: count("cpuMemoryMb"),
    cpuTasks: count("cpuTasks"),
    apiConcurrency: count("apiConcurrency"),
    ownerQueuedPasses: count("ownerQueuedPasses"),
    ownerRequestsPerMinute: count("ownerRequestsPerMinute"),
    ownerStoredMb: count("ownerStoredMb"),
    keepDays: count("keepDays"),
    monthlyBudget: count("monthlyBudget"),
  };

  function refuse(name: string, expected: string, got: unknown): never {
    throw new Error(`Expected ${name} of the stage ${stage} to be ${expected}, got ${JSON.stringify(got)}.`);
  }
}

/** Default, least and most. */
const ranges = {
  gpuTasks: [2, 1, 5000],
  targetWaitSeconds: [60, 10, 3600],
  cpuMemoryMb: [3008, 1024, 10_240],
  cpuTasks: [2, 2, 1000],
  apiConcurrency: [0, 0, 10_000],
  ownerQueuedPasses: [0, 0, 1_000_000_000],
  ownerRequestsPerMinute: [0, 0, 1_000_000],
  ownerStoredMb: [0, 0, 1_000_000_000],
  monthlyBudget: [0, 0, 1_000_000],
  keepDays: [90, 1, 36_500],
} as const;

const DOMAIN = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

const settings = ["worker", "gpuSpot", "cpuArchitecture", "origins", "domain", "alarmEmail", ...Object.keys(ranges)];

/** Settings that one might expect to be variables, as some were once: one that is set would change nothing, without a word. */
function refuseVariables(environment: Readonly<Record<string, string | undefined>>): void {
  const former = ["WORKER", "GPU_TASKS", "CPU_MEMORY_MB", "CPU_TASKS", "KEEP_DAYS", "ORIGINS", "ALARM_EMAIL", "DOMAIN"];
  const set = former.map((name) => `VITCX_${name}`).find((name) => environment[name]);
  if (set !== undefined) throw new Error(`Expected ${set} not to be set: a stage's settings are in ${FILE}. See docs/deploy.md.`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
