import { describe, expect, onTestFinished, test, vi } from "vitest";
import { CodedError } from "../../lib/errors.ts";
import type { EventPayload } from "../../lib/explanation/log/events.ts";
import { readEvidence } from "../../lib/explanation/results/evidence-files.ts";
import { keys } from "../../lib/explanation/keys.ts";
import { readLog } from "../../lib/explanation/log/log.ts";
import { getExplanation } from "../../lib/explanation/log/read.ts";
import { run } from "../../lib/explanation/run/run.ts";
import { submit } from "../../lib/explanation/request/submit.ts";
import { diagnosticsOf } from "../../lib/explanation/results/summary.ts";
import { decodeNpy } from "../../lib/tensor/npy.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import { aloneDigests, digests, happen, kinds, noted, queued } from "./jobs.ts";
import { holdAtProbe } from "./scripted-classifier.ts";
import { submission } from "./requests.ts";
import { later, openWorkshop } from "./workshop.ts";

const started: EventPayload = { kind: "STARTED", worker: "worker-0" };

describe("A delivery", () => {
  test("of nothing that was ever asked for is forgotten", async () => {
    const workshop = await openWorkshop();
    const delivery = noted("nosuchid");
    await run(workshop.worker, delivery);
    expect(delivery.calls).toEqual(["done"]);
    expect(await workshop.keys()).toEqual([]);
  });

  test.each<EventPayload>([
    { kind: "SUCCEEDED" },
    { kind: "CANCELED" },
    { kind: "FAILED", code: "INTERNAL", message: "It broke." },
  ])("of what is finished is forgotten: $kind", async (last) => {
    const workshop = await openWorkshop();
    const id = await queued(workshop, started, last);
    const delivery = noted(id, 2);
    await run(workshop.worker, delivery);
    expect(delivery.calls).toEqual(["done"]);
    expect(await kinds(workshop, id)).toEqual(["QUEUED", "STARTED", last.kind]);
    expect(workshop.classifier.calls.classify).toBe(0);
  });

  test("of what another worker is at is a second message: forgotten", async () => {
    const workshop = await openWorkshop();
    const id = await queued(workshop, started);
    const delivery = noted(id);
    await run(workshop.worker, delivery);
    expect(delivery.calls).toEqual(["done"]);
    expect(await kinds(workshop, id)).toEqual(["QUEUED", "STARTED"]);
  });

  test("of what a worker is at that has been silent for leases, as one is that loads a large model, is no more than that", async () => {
    const workshop = await openWorkshop();
    const id = await queued(workshop, started);
    later(9 * workshop.deps.queue.leaseMs);
    const delivery = noted(id);
    await run(workshop.worker, delivery);
    expect(delivery.calls).toEqual(["done"]);
    expect(await kinds(workshop, id)).toEqual(["QUEUED", "STARTED"]);
  });

  test.each([2, 5])(
    "that came back %i times while another worker is at it is looked at again, ever more rarely",
    async (count) => {
      const workshop = await openWorkshop();
      const id = await queued(workshop, started);
      const delivery = noted(id, count);
      await run(workshop.worker, delivery);
      expect(delivery.calls).toEqual([`release ${(count - 1) * workshop.deps.queue.leaseMs}`]);
      expect(await kinds(workshop, id)).toEqual(["QUEUED", "STARTED"]);
    },
  );

  test("of a worker that died is done from the beginning", async () => {
    const workshop = await openWorkshop();
    const id = await queued(workshop, started);
    later(workshop.deps.queue.leaseMs);
    const delivery = noted(id, 2);
    await run(workshop.worker, delivery);
    expect(delivery.calls).toEqual(["done"]);
    expect(await getExplanation(workshop.deps, "local", id)).toMatchObject({ status: "SUCCEEDED", attempts: 2 });
  });

  test("of three workers that died is given up, and lies with the dead letters", async () => {
    const workshop = await openWorkshop();
    const id = await queued(workshop, started, started, started);
    later(workshop.deps.queue.leaseMs);
    await (await workshop.receive()).release();
    await workshop.work();
    const { status, latest } = await getExplanation(workshop.deps, "local", id);
    expect(status).toBe("FAILED");
    expect(latest.FAILED).toMatchObject({ code: "WORKER_LOST", message: expect.stringContaining("3 times") });
    expect([await workshop.messages(), await workshop.deadLetters()]).toEqual([[], [id]]);
    expect(workshop.classifier.calls.classify).toBe(0);
  });

  test("is held as long as the work takes, and no longer", async () => {
    const workshop = await openWorkshop();
    const delivery = noted(await queued(workshop));
    const held = holdAtProbe(workshop.classifier, 1);
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    const working = run(workshop.worker, delivery);
    await held.reached;
    vi.advanceTimersByTime(workshop.deps.queue.leaseMs);
    expect(delivery.calls).toEqual(["extend", "extend", "extend"]);
    held.go();
    await working;
    vi.advanceTimersByTime(workshop.deps.queue.leaseMs);
    expect(delivery.calls).toEqual(["extend", "extend", "extend", "done"]);
  });
});

describe("A worker", () => {
  test("that has to stop gives its job back at once, within one batch, and the attempt is not counted", async () => {
    const workshop = await openWorkshop();
    const id = await queued(workshop);
    const stop = new AbortController();
    const held = holdAtProbe(workshop.classifier, 3);
    const delivery = noted(id);
    const working = run({ ...workshop.worker, stop: stop.signal }, delivery);
    await held.reached;
    stop.abort();
    held.go();
    await working;
    expect(delivery.calls).toEqual(["release"]);
    expect(workshop.classifier.calls.probe).toBe(4);
    expect((await readLog(workshop.deps.store, id))!.events.at(-1)).toMatchObject({ kind: "RELEASED", reason: "STOPPING" });
    expect(await getExplanation(workshop.deps, "local", id)).toMatchObject({ status: "QUEUED", attempts: 0 });

    await workshop.work();
    expect(await getExplanation(workshop.deps, "local", id)).toMatchObject({ status: "SUCCEEDED", attempts: 1 });
  });

  test("whose time is up ends the explanation, and says why", async () => {
    const workshop = await openWorkshop();
    const id = await queued(workshop);
    const stop = new AbortController();
    const held = holdAtProbe(workshop.classifier, 3);
    const delivery = noted(id);
    const working = run({ ...workshop.worker, stop: stop.signal }, delivery);
    await held.reached;
    stop.abort(new CodedError("OUT_OF_TIME", "It took too long."));
    held.go();
    await working;
    expect(delivery.calls).toEqual(["done"]);
    const { status, latest } = await getExplanation(workshop.deps, "local", id);
    expect(status).toBe("FAILED");
    expect(latest.FAILED).toMatchObject({ code: "OUT_OF_TIME", message: "It took too long." });
  });

  test("that has a limit of time ends a job that takes longer, once, after the batch in hand", async () => {
    const workshop = await openWorkshop();
    const id = await queued(workshop);
    const held = holdAtProbe(workshop.classifier, 2);
    const delivery = noted(id);
    const working = run({ ...workshop.worker, jobSeconds: 1 }, delivery);
    await held.reached;
    await new Promise((resolve) => setTimeout(resolve, 1100));
    held.go();
    await working;
    expect(delivery.calls).toEqual(["done"]);
    expect(workshop.classifier.calls.probe).toBe(2);
    const { status, latest } = await getExplanation(workshop.deps, "local", id);
    expect([status, latest.FAILED?.code]).toEqual(["FAILED", "TIMED_OUT"]);
  });

  test("can be stopped after each draw of a mask's noise", async () => {
    const workshop = await openWorkshop();
    const { id } = await submit(workshop.deps, { ...(await submission()), options: { noiseDraws: 64 } });
    const stop = new AbortController();
    workshop.classifier.before = (request, n) => {
      if (request === "probe" && n === 9) stop.abort();
    };
    await workshop.work({ stop: stop.signal });
    expect(workshop.classifier.calls.probe).toBe(10);
    expect(await kinds(workshop, id)).toEqual(["QUEUED", "STARTED", "CLASSIFIED", "CLUSTERED", "RELEASED"]);
  });

  test("that another one has taken over from leaves without a trace", async () => {
    const workshop = await openWorkshop();
    const id = await queued(workshop);
    const held = holdAtProbe(workshop.classifier, 3);
    const delivery = noted(id);
    const working = run(workshop.worker, delivery);
    await held.reached;
    await happen(workshop, id, { kind: "STARTED", worker: "worker-2" });
    held.go();
    await working;
    expect(delivery.calls).toEqual([]);
    expect(await kinds(workshop, id)).toEqual(["QUEUED", "STARTED", "CLASSIFIED", "CLUSTERED", "SCORED", "STARTED"]);
    expect((await workshop.keys()).filter((key) => key.endsWith(".npy"))).toEqual([]);
    expect(workshop.errors).toEqual([]);
  });

  test("that begins at the same moment as another one leaves the work to it", async () => {
    const workshop = await openWorkshop();
    const id = await queued(workshop);
    const deliveries = [noted(id), noted(id)];
    await Promise.all(deliveries.map((delivery, i) => run({ ...workshop.worker, name: `worker-${i}` }, delivery)));
    // The message of the one that was late is a second one: nobody needs it.
    expect(deliveries.map(({ calls }) => calls)).toEqual([["done"], ["done"]]);
    expect(workshop.classifier.calls).toEqual({ classify: 1, probe: 6 });
    expect((await kinds(workshop, id)).filter((kind) => kind === "STARTED")).toHaveLength(1);
    expect(await getExplanation(workshop.deps, "local", id)).toMatchObject({ status: "SUCCEEDED", attempts: 1 });
  });

  test("tells nobody of results before they can be read", async () => {
    const workshop = await openWorkshop();
    const id = await queued(workshop);
    const order: string[] = [];
    const { store } = workshop.deps;
    const put: typeof store.put = async (key, bytes, condition) => {
      const etag = await store.put(key, bytes, condition);
      const last = new TextDecoder().decode(bytes).trimEnd().split("\n").at(-1)!;
      order.push(key === keys.log(id) ? (JSON.parse(last) as EventPayload).kind : key.slice(key.lastIndexOf("/") + 1));
      return etag;
    };
    await workshop.work({ store: { ...store, put } });
    const mapped = order.indexOf("MAPPED");
    const files = ["saliency-map.npy", "heatmap.png", "overlay.png", "masks.npy", "scores.npy"];
    expect(order.slice(0, mapped)).toEqual(expect.arrayContaining(files));
    expect(order.slice(mapped)).toEqual(["MAPPED", "explanation.json", "SUCCEEDED"]);
  });

  test("of a model whose embeddings are all constant finds no mask, and leaves an empty map", async () => {
    const workshop = await openWorkshop();
    const id = await queued(workshop);
    const { classifier } = workshop;
    const embeddings = { shape: [8, 14, 14], data: new Float32Array(8 * 14 * 14).fill(0.5) };
    const openClassifier = async () => ({
      ...classifier,
      classify: async (image: Tensor) => ({ ...(await classifier.classify(image)), embeddings }),
    });
    await workshop.work({ openClassifier });
    expect(workshop.errors).toEqual([]);
    const explanation = await getExplanation(workshop.deps, "local", id);
    expect(explanation).toMatchObject({ status: "SUCCEEDED", latest: { CLUSTERED: { maps: 8, clusterSizes: [] } } });
    const evidence = await readEvidence(workshop.deps, explanation, 2);
    expect(diagnosticsOf(explanation, evidence)).toMatchObject({
      scoreMean: 0,
      coverageMax: 0,
      meanSimilarity: expect.any(Number),
    });
    const map = decodeNpy((await workshop.deps.store.get(keys.file(id, "saliency-map.npy")))!.bytes);
    expect([map.shape, Math.max(...map.data)]).toEqual([[224, 224], 0]);
  });

  test("leaves the files that explaining alone, without store and queue, gives", async () => {
    const workshop = await openWorkshop();
    const id = await queued(workshop);
    await workshop.work();
    expect(await digests(workshop, id)).toEqual(await aloneDigests(workshop));
  });
});
