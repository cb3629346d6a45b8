import { availableParallelism, totalmem } from "node:os";
import { delimiter } from "node:path";
import { z } from "zod";
import { apiKeyPairs } from "./access/api-keys.ts";
import type { OwnerLimits } from "./access/limits.ts";

const list = (separator: string) => z.string().transform((text) => text.split(separator).filter((item) => item !== ""));

const text = z.string().min(1);

const environment = z
  .object({
    PORT: z.coerce.number().int().min(0).max(65_535).default(4000),
    HOST: z.string().default("127.0.0.1"),
    VITCX_DATA: z.string().default("data"),
    VITCX_BUCKET: text.optional(),
    VITCX_S3_ENDPOINT: z.url().optional(),
    VITCX_S3_PATH_STYLE: z.stringbool().default(false),
    VITCX_QUEUE_URL: z.url().optional(),
    VITCX_DEAD_LETTER_URL: z.url().optional(),
    VITCX_WORKER_SERVICE: z
      .string()
      .regex(/^[\w-]+\/[\w-]+$/)
      .optional(),
    VITCX_PAGE: z.string().default("web/dist"),
    VITCX_API_KEYS: list(",").pipe(apiKeyPairs).default([]),
    VITCX_WITHOUT_KEYS: z.stringbool().default(false),
    VITCX_NO_WORKER: z.stringbool().default(false),
    VITCX_KEYS: z.enum(["environment", "store"]).default("environment"),
    VITCX_OWNER_QUEUED_PASSES: z.coerce.number().int().positive().optional(),
    VITCX_OWNER_REQUESTS_PER_MINUTE: z.coerce.number().int().positive().optional(),
    VITCX_OWNER_STREAMS: z.coerce.number().int().positive().default(200),
    VITCX_OWNER_STORED_MB: z.coerce.number().positive().optional(),
    VITCX_MODELS: list(delimiter).default(["models"]),
    VITCX_ORIGINS: list(",").default([]),
    VITCX_PUBLIC_URL: z.url().optional(),
    VITCX_TRUST_PROXY: z.stringbool().default(false),
    VITCX_MAX_IMAGE_MB: z.coerce.number().positive().default(20),
    VITCX_MAX_UPLOAD_MB: z.coerce.number().positive().default(20),
    VITCX_KEEP_DAYS: z.coerce.number().positive().optional(),
    VITCX_MAX_STORED_GB: z.coerce.number().positive().optional(),
    VITCX_MIN_FREE_MB: z.coerce.number().min(0).default(100),
    VITCX_MAX_PASSES: z.coerce.number().int().positive().optional(),
    VITCX_LEASE_SECONDS: z.coerce.number().positive().default(30),
    VITCX_JOB_SECONDS: z.coerce.number().positive().max(2_000_000).default(3600),
    VITCX_STOP_SECONDS: z.coerce.number().positive().default(30),
    VITCX_POLL_MS: z.coerce.number().int().positive().default(100),
    VITCX_STREAM_SECONDS: z.coerce.number().positive().default(60),
    VITCX_THREADS: z.coerce.number().int().positive().default(availableParallelism()),
    VITCX_ALIVE_FILE: text.optional(),
    VITCX_METRICS: text.optional(),
    VITCX_METRICS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
    VITCX_METRICS_HOST: z.string().default("127.0.0.1"),
    VITCX_METRICS_TOKEN: z
      .string()
      .regex(/^[\x21-\x7e]{16,}$/, { error: "expected at least 16 characters, and no spaces" })
      .optional(),
    VITCX_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
    VITCX_BATCH_SIZE: z.coerce.number().int().min(1).max(256).optional(),
    VITCX_MODEL_SECONDS: z.coerce.number().positive().max(2_000_000).default(600),
    VITCX_MODEL_MB: z.coerce
      .number()
      .positive()
      .default(Math.floor((0.75 * totalmem()) / 1e6)),
    VITCX_MODEL_MEMORY_MB: z.coerce.number().positive().default(2000),
    VITCX_EXECUTION_PROVIDERS: list(",").default(["cpu"]),
  })
  .refine((given) => (given.VITCX_QUEUE_URL === undefined) === (given.VITCX_DEAD_LETTER_URL === undefined), {
    path: ["VITCX_DEAD_LETTER_URL"],
    message: "it and VITCX_QUEUE_URL go together",
  })
  .refine((given) => given.VITCX_KEYS === "environment" || given.VITCX_API_KEYS.length === 0, {
    path: ["VITCX_API_KEYS"],
    message: "with VITCX_KEYS=store the keys are those that `vitcx keys` has made",
  });

/** What the environment says; the README's table explains each variable. */
export type Config = z.infer<typeof environment>;

/** Ends the process with a sentence where a variable is wrong. */
export function readConfig(): Config {
  const result = environment.safeParse(process.env);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  console.error(`The environment variable ${String(path[0])} cannot be used: ${message}.`);
  process.exit(2);
}

/** What each owner may use who has no limits of their own. */
export function ownerLimits(config: Config): OwnerLimits {
  const { VITCX_OWNER_STREAMS, VITCX_OWNER_QUEUED_PASSES, VITCX_OWNER_REQUESTS_PER_MINUTE, VITCX_OWNER_STORED_MB } = config;
  return {
    openStreams: VITCX_OWNER_STREAMS,
    ...(VITCX_OWNER_QUEUED_PASSES && { queuedPasses: VITCX_OWNER_QUEUED_PASSES }),
    ...(VITCX_OWNER_REQUESTS_PER_MINUTE && { requestsPerMinute: VITCX_OWNER_REQUESTS_PER_MINUTE }),
    ...(VITCX_OWNER_STORED_MB && { storedBytes: Math.round(VITCX_OWNER_STORED_MB * 1e6) }),
  };
}
