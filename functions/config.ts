import { availableParallelism } from "node:os";
import { delimiter } from "node:path";
import { z } from "zod";

const list = (separator: string) => z.string().transform((text) => text.split(separator).filter((item) => item !== ""));

const environment = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(4000),
  HOST: z.string().default("127.0.0.1"),
  VITCX_DATA: z.string().default("data"),
  VITCX_MODELS: list(delimiter).default(["models"]),
  VITCX_ORIGINS: list(",").default([]),
  VITCX_MAX_IMAGE_MB: z.coerce.number().positive().default(20),
  VITCX_LEASE_SECONDS: z.coerce.number().positive().default(10),
  VITCX_POLL_MS: z.coerce.number().int().positive().default(100),
  VITCX_THREADS: z.coerce.number().int().positive().default(availableParallelism()),
  VITCX_EXECUTION_PROVIDERS: list(",").default(["cpu"]),
});

/** What the environment says; the README's table explains each variable. Ends the process with a sentence where one is wrong. */
export type Config = z.infer<typeof environment>;

export function readConfig(): Config {
  const result = environment.safeParse(process.env);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  console.error(`The environment variable ${path.join(".")} cannot be used: ${message}.`);
  process.exit(2);
}
