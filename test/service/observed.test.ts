import { expect, test } from "vitest";
import { photograph } from "../image/images.ts";
import { example, openPlace } from "./place.ts";

const token = "0123456789abcdef";

/** The value of a metric with these labels; undefined where there is none. */
function valueOf(text: string, name: string, labels = ""): number | undefined {
  const line = text.split("\n").find((line) => line.startsWith(name) && line.includes(labels) && !line.startsWith("#"));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(" ") + 1));
}

test("The metrics tell of requests, errors, jobs, the queue, stages, passes and memory; of a worker in a process of its own, too", async ({
  onTestFinished,
}) => {
  const place = await openPlace(onTestFinished);
  const { server, client } = await place.startService({ VITCX_METRICS_PORT: "0", VITCX_LOG_LEVEL: "debug" });
  const [, port] = await server.printed(/"port":(\d+),"msg":"metrics"/);
  const read = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const id = await client.explainImage(example("key-octopus.png"));
  expect((await client.followToEnd(id)).at(-1)).toMatchObject({ kind: "SucceededEvent" });
  await expect(client.ask("{ explanations(first: 0) { edges { cursor } } }")).rejects.toThrow(/from 1 to 100/);
  // A worker tells with its sign of life, every ten seconds.
  await expect.poll(async () => valueOf(await read(), "vitcx_worker_jobs_total", 'outcome="done"'), { timeout: 30_000 }).toBe(1);
  const text = await read();
  expect(valueOf(text, "vitcx_requests_total", 'operation="mutation explainImage",status="200"')).toBe(1);
  expect(valueOf(text, "vitcx_requests_total", 'operation="subscription explanationProgress"')).toBe(1);
  expect(valueOf(text, "vitcx_errors_total", 'operation="query explanations",code="BAD_USER_INPUT"')).toBe(1);
  for (const state of ["due", "held", "dead"]) expect(valueOf(text, "vitcx_jobs", `state="${state}"`)).toBe(0);
  expect(valueOf(text, "vitcx_queue_age_seconds")).toBe(0);
  for (const stage of ["classified", "clustered", "scored", "mapped"]) {
    expect(valueOf(text, "vitcx_stage_seconds_total", `stage="${stage}"`)).toBeGreaterThan(0);
  }
  expect(valueOf(text, "vitcx_passes_total")).toBeGreaterThan(20);
  expect(valueOf(text, "vitcx_worker_memory_bytes", 'kind="rss"')).toBeGreaterThan(5e7);
  expect(valueOf(text, "process_resident_memory_bytes")).toBeGreaterThan(5e7);
  expect(valueOf(text, "vitcx_workers")).toBe(1);
  expect(valueOf(text, "vitcx_free_bytes")).toBeGreaterThan(0);

  // One line of it from both sides, and of the request.
  expect(server.errors()).toMatch(new RegExp(`"explanation":"${id}","owner":"local","msg":"queued"`));
  expect(server.errors()).toMatch(
    new RegExp(`"explanation":"${id}","outcome":"done","status":"SUCCEEDED","owner":"local".*"msg":"job"`),
  );
  expect(server.errors()).toMatch(
    /"owner":"local","operation":"mutation explainImage","method":"POST","status":200,"ms":[\d.]+,"msg":"request"/,
  );

  // What libvips lets pass of an image, and warns of.
  const irregular = await photograph(64, 48).jpeg().toBuffer();
  const scan = irregular.indexOf(Buffer.from([0xff, 0xda]));
  irregular[scan + 2 + irregular.readUInt16BE(scan + 2) - 2] = 0; // the end of the spectral selection, which must be 63
  await client.followToEnd(await client.explain(new Blob([new Uint8Array(irregular)]), { method: { centreGaussian: true } }));
  expect(server.errors()).toMatch(/"kind":"ImageWarning","msg":"VipsJpeg: Invalid SOS parameters/);
  for (const line of server.errors().trim().split("\n")) expect(() => JSON.parse(line), line).not.toThrow();

  // While nobody works, what waits is counted, and how long.
  server.kill("SIGTERM");
  await server.ended;
  const { server: alone, client: asked } = await place.startService({ VITCX_NO_WORKER: "1", VITCX_METRICS_TOKEN: token });
  await asked.explainImage(example("camera-cat.png"));
  const withToken = { headers: { authorization: `Bearer ${token}` } };
  await expect
    .poll(async () => valueOf(await (await fetch(`${asked.origin}/metrics`, withToken)).text(), "vitcx_queue_age_seconds"), {
      timeout: 10_000,
    })
    .toBeGreaterThan(0.5);
  const waiting = await (await fetch(`${asked.origin}/metrics`, withToken)).text();
  expect([valueOf(waiting, "vitcx_jobs", 'state="due"'), valueOf(waiting, "vitcx_workers")]).toEqual([1, 0]);
  expect(alone.errors()).not.toContain(token);
});

test("Nobody reads the metrics from the API's port who does not have their token, from this machine neither", async ({
  onTestFinished,
}) => {
  const place = await openPlace(onTestFinished);
  const { client } = await place.startService({ VITCX_NO_WORKER: "1" });
  expect((await fetch(`${client.origin}/metrics`)).status).toBe(404);
  const { client: other } = await place.startService({ VITCX_NO_WORKER: "1", VITCX_METRICS_TOKEN: token });
  for (const authorization of ["", "Bearer", "Bearer 0123456789abcdeX", token]) {
    const answer = await fetch(`${other.origin}/metrics`, { headers: { authorization } });
    expect([answer.status, await answer.text()]).toEqual([401, "Send the token: Authorization: Bearer …\n"]);
  }
});

test("A log level says what is written", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const { server, client } = await place.startService({ VITCX_LOG_LEVEL: "warn" });
  const id = await client.explainImage(example("key-octopus.png"));
  await client.followToEnd(id);
  expect(server.errors()).toBe("");
  const wrong = place.start("functions/server.ts", [], { VITCX_LOG_LEVEL: "loud" });
  expect(await wrong.ended).toBe(2);
  expect(wrong.errors()).toMatch(/^The environment variable VITCX_LOG_LEVEL cannot be used: .+\.\n$/);
});
