import { expect, onTestFinished, test, vi } from "vitest";
import { ecsService } from "../../lib/queue/ecs-service.ts";
import { useTestCredentials } from "../aws/buckets.ts";
import { startLocalEcs } from "../aws/local-ecs.ts";

async function startEcs(services: Record<string, number>) {
  const ecs = await startLocalEcs(services);
  useTestCredentials();
  // The SDK's own variable.
  vi.stubEnv("AWS_ENDPOINT_URL_ECS", ecs.endpoint);
  onTestFinished(() => {
    ecs.stop();
    vi.unstubAllEnvs();
  });
  return ecs;
}

test("A service without a task is raised to one, and nothing else is touched", async () => {
  const ecs = await startEcs({ "gpu/worker": 0, "gpu/other": 0 });
  expect(await ecsService("gpu/worker")()).toBe(true);
  expect(Object.fromEntries(ecs.desired)).toEqual({ "gpu/worker": 1, "gpu/other": 0 });
  expect(ecs.actions).toEqual(["DescribeServices", "UpdateService"]);
});

test.each([1, 2, 7])("A service of %d is left as it is", async (tasks) => {
  const ecs = await startEcs({ "gpu/worker": tasks });
  expect(await ecsService("gpu/worker")()).toBe(false);
  expect(ecs.desired.get("gpu/worker")).toBe(tasks);
  expect(ecs.actions).toEqual(["DescribeServices"]);
});

test("A service that there is not, one that may not be seen, and a server that is gone are errors", async () => {
  const ecs = await startEcs({ "gpu/worker": 0 });
  const wake = ecsService("gpu/worker");
  await expect(ecsService("gpu/wroker")()).rejects.toThrow("There is no service gpu/wroker in ECS");
  ecs.refuse("AccessDeniedException");
  await expect(wake()).rejects.toThrow("AccessDeniedException");
  expect(ecs.desired.get("gpu/worker")).toBe(0);
  ecs.stop();
  await expect(wake()).rejects.toThrow();
});
