import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { run } from "../../lib/explanation/run/run.ts";
import { parseMethods } from "../../lib/explanation/request/parse-method.ts";
import { evaluate, tasksOf } from "../../lib/evaluation/evaluate.ts";
import { remoteExplainer } from "../../lib/evaluation/explainers/remote-explainer.ts";
import type { Failure, Row } from "../../lib/evaluation/row.ts";
import { photograph } from "../image/images.ts";
import { type Service, startService } from "../schema/service.ts";
import { faults, startProxy } from "./faulty-proxy.ts";

const IMAGES = 50;

/** Works until the test is over. */
function keepWorking({ deps, worker }: Service): void {
  const over = new AbortController();
  const working = (async () => {
    while (!over.signal.aborted) {
      const delivery = await deps.queue.receive(over.signal);
      if (delivery) await run(worker, delivery);
    }
  })();
  onTestFinished(() => {
    over.abort();
    return working;
  });
}

async function images(): Promise<{ name: string; file: string }[]> {
  const folder = await mkdtemp(join(tmpdir(), "vitcx-unattended-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return Promise.all(
    Array.from({ length: IMAGES }, async (_, i) => {
      const file = join(folder, `${i}.png`);
      await writeFile(
        file,
        await photograph(40 + i, 30)
          .png()
          .toBuffer(),
      );
      return { name: `${i}.png`, file };
    }),
  );
}

test.each(Object.entries(faults))(
  `An evaluation of ${IMAGES} images ends complete and unattended behind a proxy that answers some requests with %s`,
  { timeout: 300_000 },
  async (_, fault) => {
    const service = await startService();
    keepWorking(service);
    const proxy = await startProxy(service.origin, fault);
    const { signal } = new AbortController();
    const options = { concurrency: 8, pollMs: 200, timeoutMs: 5000, stop: signal };
    const explainer = await remoteExplainer({ endpoint: `${proxy.origin}/graphql`, ...options });
    const lines: (Row & Failure)[] = [];
    const tasks = tasksOf([explainer.models[0]!.id], await images(), parseMethods("random"));
    const onLine = async (line: Row | Failure) => void lines.push(line as Row & Failure);
    await evaluate(tasks, { explainer, metrics: {}, onLine });
    expect(lines.filter(({ error }) => error)).toEqual([]);
    expect(lines).toHaveLength(IMAGES);
    expect(new Set(lines.map(({ id }) => id)).size).toBe(IMAGES);
    expect(proxy.counts.failed).toBeGreaterThan(2);
    if (process.env["VITCX_TEST_REPORT"]) console.log(proxy.counts);
  },
);
