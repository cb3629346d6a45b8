import { expect, test } from "vitest";
import { holdAtProbe } from "../explanation/scripted-classifier.ts";
import { type Service, startService } from "./service.ts";

const cancel = ({ ask }: Service, id: string) => ask("mutation ($id: ID!) { cancelExplanation(id: $id) { status } }", { id });

async function state({ ask }: Service, id: string) {
  const { data } = await ask(`{ explanation(id: "${id}") { status attempts events { __typename } } }`);
  const { events, ...rest } = data.explanation;
  return { ...rest, events: events.map(({ __typename }: { __typename: string }) => __typename.replace("Event", "")) };
}

test("One that is queued is cancelled, never computed, and its job forgotten", async () => {
  const service = await startService();
  const id = await service.submit();
  expect((await cancel(service, id)).data).toEqual({ cancelExplanation: { status: "CANCELED" } });
  await service.work();
  expect(service.classifier.calls).toEqual({ classify: 0, probe: 0 });
  expect(await service.messages()).toEqual([]);
  expect(await state(service, id)).toEqual({ status: "CANCELED", attempts: 0, events: ["Queued", "Canceled"] });
});

test("One that is computed is cancelled within one batch of masks", async () => {
  const service = await startService();
  const id = await service.submit();
  // The first request of the second of three batches.
  const held = holdAtProbe(service.classifier, 3);
  const working = service.work();
  await held.reached;
  expect((await cancel(service, id)).data).toEqual({ cancelExplanation: { status: "CANCELED" } });
  held.go();
  await working;
  expect(service.classifier.calls.probe).toBe(4);
  expect(await service.messages()).toEqual([]);
  expect(service.errors).toEqual([]);
  const events = ["Queued", "Started", "Classified", "Clustered", "Scored", "Canceled"];
  expect(await state(service, id)).toEqual({ status: "CANCELED", attempts: 1, events });
  expect((await service.keys()).filter((key) => key.endsWith(".npy"))).toEqual([]);
});

test("Cancelling twice, also at once, is cancelling once", async () => {
  const service = await startService();
  const id = await service.submit();
  const answers = await Promise.all([cancel(service, id), cancel(service, id), cancel(service, id)]);
  answers.push(await cancel(service, id));
  for (const { data } of answers) expect(data).toEqual({ cancelExplanation: { status: "CANCELED" } });
  expect((await state(service, id)).events).toEqual(["Queued", "Canceled"]);
});

test("One that has succeeded stays so", async () => {
  const service = await startService();
  const id = await service.submit();
  await service.work();
  const { data, errors } = await cancel(service, id);
  expect(data).toBeNull();
  expect(errors).toMatchObject([{ message: /succeeded already/, extensions: { code: "EXPLANATION_FINISHED" } }]);
  expect((await state(service, id)).status).toBe("SUCCEEDED");
});

test("One that does not exist is unknown", async () => {
  const service = await startService();
  expect((await cancel(service, "nosuchid")).errors).toMatchObject([{ extensions: { code: "EXPLANATION_UNKNOWN" } }]);
  expect((await cancel(service, "../../etc/passwd")).errors).toMatchObject([{ extensions: { code: "EXPLANATION_UNKNOWN" } }]);
});

test("One that was cancelled in mid-run and is asked for again is computed to the end", async () => {
  const service = await startService();
  const id = await service.submit();
  const held = holdAtProbe(service.classifier, 1);
  const working = service.work();
  await held.reached;
  await cancel(service, id);
  expect(await service.submit()).toBe(id);
  held.go();
  await working;
  await service.work();
  const { status, attempts, events } = await state(service, id);
  expect({ status, attempts }).toEqual({ status: "SUCCEEDED", attempts: 1 });
  expect(events.slice(0, 7)).toEqual(["Queued", "Started", "Classified", "Clustered", "Canceled", "Queued", "Started"]);
  expect(events.filter((event: string) => event === "Succeeded")).toHaveLength(1);
});

test("One that failed is asked for again, and forgets the error", async () => {
  const service = await startService();
  const id = await service.submit();
  service.classifier.before = () => {
    throw new Error("Out of memory");
  };
  for (let attempt = 1; attempt <= 3; attempt++) await service.work();
  const { data } = await service.ask(`{ explanation(id: "${id}") { status error { code message } } }`);
  expect(data.explanation).toEqual({ status: "FAILED", error: { code: "INTERNAL", message: expect.stringMatching(/worker/) } });

  service.classifier.before = () => undefined;
  const again = await service.submit();
  expect(again).toBe(id);
  await service.work();
  const { data: after } = await service.ask(`{ explanation(id: "${id}") { status error { code } attempts } }`);
  expect(after.explanation).toEqual({ status: "SUCCEEDED", error: null, attempts: 1 });
});
