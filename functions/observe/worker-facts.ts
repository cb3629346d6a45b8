import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { memoryUsage } from "node:process";
import { z } from "zod";
import type { Classifier } from "../../lib/classifier/classifier.ts";
import type { Explanation } from "../../lib/explanation/log/fold.ts";
import { timingsOf } from "../../lib/explanation/results/summary.ts";
import type { Outcome } from "../../lib/explanation/run/run.ts";
import { nullWhereAbsent } from "../../lib/filesystem/durable.ts";
import { aliveWorkers } from "../alive.ts";

const counts = z.record(z.string(), z.number());

const schema = z.object({
  /** Jobs by what came of them, since the worker started. */
  jobs: counts,
  /** Seconds by stage, and how often each was. */
  stageSeconds: counts,
  stages: counts,
  /** Variants of an image that models were asked about. */
  passes: z.number(),
  memory: z.object({ rss: z.number(), heapUsed: z.number(), external: z.number() }),
});

/** What a worker tells of itself, with its sign of life. */
export type WorkerFacts = z.output<typeof schema>;

export interface FactsOfWorker {
  /** Counts the passes of a classifier. */
  readonly counted: (classifier: Classifier) => Classifier;
  /** Notes what has come of a job, and how long its stages took. */
  readonly note: (outcome: Outcome, explanation: Explanation | null) => void;
  readonly text: () => string;
}

/** The facts of this process. */
export function factsOfWorker(): FactsOfWorker {
  const jobs: Record<string, number> = {};
  const stageSeconds: Record<string, number> = {};
  const stages: Record<string, number> = {};
  let passes = 0;
  const add = (to: Record<string, number>, name: string, value = 1) => void (to[name] = (to[name] ?? 0) + value);
  return {
    counted(classifier) {
      const { height, width, classes, batchSize, differentiate } = classifier;
      return {
        height,
        width,
        classes,
        batchSize,
        classify: (image) => {
          passes++;
          return classifier.classify(image);
        },
        probe: (variants) => {
          const { keep, gate, fill } = variants;
          passes += Math.max(...[keep, gate, fill].map(({ shape }) => shape[0]!));
          return classifier.probe(variants);
        },
        ...(differentiate && {
          differentiate: (images, target, wanted) => {
            passes += images.shape[0]!;
            return classifier.differentiate!(images, target, wanted);
          },
        }),
      };
    },
    note(outcome, explanation) {
      add(jobs, outcome);
      if (outcome !== "done" || explanation?.status !== "SUCCEEDED") return;
      for (const [stage, ms] of Object.entries(timingsOf(explanation)) as [string, number | undefined][]) {
        if (ms === undefined) continue;
        add(stageSeconds, stage, ms / 1000);
        add(stages, stage);
      }
    },
    text() {
      const { rss, heapUsed, external } = memoryUsage();
      const facts: WorkerFacts = { jobs, stageSeconds, stages, passes, memory: { rss, heapUsed, external } };
      return JSON.stringify(facts);
    },
  };
}

/** What the workers of a folder that are alive have told last, by their names. */
export async function readWorkerFacts(folder: string): Promise<ReadonlyMap<string, WorkerFacts>> {
  const names = await aliveWorkers(folder);
  const found = await Promise.all(
    names.map(async (name): Promise<[string, WorkerFacts] | null> => {
      const text = await nullWhereAbsent(readFile(join(folder, name), "utf8"));
      const facts = text === null ? null : parse(text);
      return facts && [name, facts];
    }),
  );
  return new Map(found.filter((each) => each !== null));
}

/** Null for what another version has written. */
function parse(text: string): WorkerFacts | null {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
