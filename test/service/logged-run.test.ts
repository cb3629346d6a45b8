import { Writable } from "node:stream";
import { pino } from "pino";
import { expect, test } from "vitest";
import { loggedRun } from "../../functions/logged-run.ts";
import { noted, queued } from "../explanation/jobs.ts";
import { openWorkshop } from "../explanation/workshop.ts";

test("A job's lines name its explanation, and the last one is a metric of CloudWatch's", async () => {
  const lines: Record<string, unknown>[] = [];
  const write = (chunk: Buffer, _: unknown, done: () => void) => (lines.push(JSON.parse(chunk.toString()) as never), done());
  const workshop = await openWorkshop();
  const id = await queued(workshop);
  workshop.classifier.before = (_, n) => {
    if (n === 3) throw new Error("Out of memory");
  };
  expect(await loggedRun(workshop.worker, noted(id), pino(new Writable({ write })), "vitcx/test")).toBe("failed");
  expect(lines.map(({ explanation }) => explanation)).toEqual([id, id]);
  const [{ err }, { outcome, seconds, JobSeconds, _aws }] = lines as [Record<string, any>, Record<string, any>];
  expect(err.message).toBe("Out of memory");
  expect([outcome, JobSeconds]).toEqual(["failed", seconds]);
  expect(_aws.CloudWatchMetrics).toEqual([
    { Namespace: "vitcx/test", Dimensions: [[]], Metrics: [{ Name: "JobSeconds", Unit: "Seconds" }] },
  ]);
  expect(Math.abs(_aws.Timestamp - Date.now())).toBeLessThan(60_000);
});
