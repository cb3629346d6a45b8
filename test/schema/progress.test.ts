import { createClient } from "graphql-sse";
import { expect, onTestFinished, test, vi } from "vitest";
import type { ObjectStore } from "../../lib/storage/object-store.ts";
import { holdAtProbe } from "../explanation/scripted-classifier.ts";
import { type Service, startService } from "./service.ts";

interface Event {
  readonly __typename: string;
  readonly sequence: number;
}

interface Watching {
  readonly events: Event[];
  readonly errors: { readonly message: string; readonly extensions?: { readonly code?: string } }[];
  /** Resolves when the subscription has ended. */
  readonly ended: Promise<void>;
  readonly stop: () => void;
}

const subscription = `subscription ($id: ID!, $after: Int) { explanationProgress(id: $id, after: $after) {
  __typename sequence time explanationId
  ... on ClassifiedEvent { target { label } predictions(first: 2) { probability } }
  ... on ClusteredEvent { maps masks }
  ... on ScoredEvent { done total map { width values } }
} }`;

/** Follows an explanation as a browser does. */
function watch({ url }: Service, id: string, after?: number): Watching {
  const client = createClient({ url, retryAttempts: 0 });
  onTestFinished(() => client.dispose());
  const [events, errors]: [Event[], Watching["errors"]] = [[], []];
  let stop = () => {};
  const ended = new Promise<void>((resolve, reject) => {
    stop = client.subscribe<{ explanationProgress: Event }>(
      { query: subscription, variables: { id, after } },
      {
        next: (result) => {
          if (result.data) events.push(result.data.explanationProgress);
          errors.push(...((result.errors ?? []) as unknown as Watching["errors"]));
        },
        error: reject,
        complete: resolve,
      },
    );
  });
  return { events, errors, ended, stop: () => stop() };
}

/** Patient, for a machine that has much else to do. */
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 5 });
const sequences = ({ events }: Watching) => events.map(({ sequence }) => sequence);
const names = ({ events }: Watching) => events.map(({ __typename }) => __typename.replace("Event", ""));
const all = ["Queued", "Started", "Classified", "Clustered", "Scored", "Scored", "Scored", "Mapped", "Succeeded"];

test("A subscription opened before the work sees everything once and ends by itself", async () => {
  const service = await startService();
  const watching = watch(service, await service.submit());
  await eventually(() => expect(names(watching)).toEqual(["Queued"]));
  await service.work();
  await watching.ended;
  expect(names(watching)).toEqual(all);
  expect(sequences(watching)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(watching.events.filter(({ __typename }) => __typename === "ScoredEvent")).toMatchObject([
    { done: 2, total: 6, map: { width: 28 } },
    { done: 4, total: 6 },
    { done: 6, total: 6 },
  ]);
  expect(watching.events[3]).toMatchObject({ maps: 8, masks: 6 });
});

test("Subscriptions opened in mid-run and after the end miss nothing and repeat nothing", async () => {
  const service = await startService();
  const id = await service.submit();
  const held = holdAtProbe(service.classifier, 3);
  const working = service.work();
  await held.reached;

  const [whole, rest] = [watch(service, id), watch(service, id, 4)];
  await eventually(() => expect(names(whole)).toEqual(all.slice(0, 5)));
  await eventually(() => expect(sequences(rest)).toEqual([5]));
  held.go();
  await working;
  await Promise.all([whole.ended, rest.ended]);
  expect(names(whole)).toEqual(all);
  expect(sequences(rest)).toEqual([5, 6, 7, 8, 9]);

  for (const [after, expected] of [
    [0, [1, 2, 3, 4, 5, 6, 7, 8, 9]],
    [7, [8, 9]],
    [9, []],
    [100, []],
  ] as const) {
    const later = watch(service, id, after);
    await later.ended;
    expect(sequences(later)).toEqual(expected);
  }
});

test("A subscription that broke off goes on where it was", async () => {
  const service = await startService();
  const id = await service.submit();
  const held = holdAtProbe(service.classifier, 3);
  const working = service.work();
  await held.reached;
  const first = watch(service, id);
  await eventually(() => expect(sequences(first)).toEqual([1, 2, 3, 4, 5]));
  first.stop();
  held.go();
  await working;
  const second = watch(service, id, sequences(first).at(-1));
  await second.ended;
  expect([...names(first), ...names(second)]).toEqual(all);
});

test("A client that leaves ends the polling for it", async () => {
  let reads = 0;
  const service = await startService({}, ({ store }) => ({ store: counting(store, () => reads++) }));
  const id = await service.submit();
  const watching = watch(service, id);
  await eventually(() => expect(names(watching)).toEqual(["Queued"]));
  const polled = reads;
  await eventually(() => expect(reads).toBeGreaterThan(polled + 2));

  watching.stop();
  // A look comes every 5 ms, so 50 ms without one are the end.
  let last = -1;
  const quiet = () => {
    const before = last;
    last = reads;
    return before === reads;
  };
  await vi.waitUntil(quiet, { interval: 50, timeout: 15_000 });
  expect(service.apiErrors).toEqual([]);
});

test("An explanation that is cancelled and asked for again shows both runs, and ends after the last", async () => {
  const service = await startService();
  const id = await service.submit();
  await service.ask(`mutation { cancelExplanation(id: "${id}") { status } }`);
  expect(await service.submit()).toBe(id);
  const watching = watch(service, id);
  await eventually(() => expect(names(watching)).toEqual(["Queued", "Canceled", "Queued"]));
  while ((await service.messages()).length > 0) await service.work();
  await watching.ended;
  expect(names(watching)).toEqual(["Queued", "Canceled", ...all]);
});

test("What cannot be followed is refused with a code before anything is sent", async () => {
  const service = await startService();
  const id = await service.submit();
  const [unknown, negative] = [watch(service, "nosuchid"), watch(service, id, -1)];
  await Promise.all([unknown.ended, negative.ended]);
  expect(unknown).toMatchObject({ events: [], errors: [{ extensions: { code: "EXPLANATION_UNKNOWN" } }] });
  expect(negative).toMatchObject({ events: [], errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
});

test("A store that does not answer for a moment ends no subscription", async () => {
  let failures = 0;
  const fail = () => {
    if (failures-- > 0) throw new Error("The network is away");
  };
  const service = await startService({}, ({ store }) => ({ store: counting(store, () => fail()) }));
  const watching = watch(service, await service.submit());
  await eventually(() => expect(names(watching)).toEqual(["Queued"]));
  failures = 4;
  await eventually(() => expect(failures).toBeLessThan(0));
  await service.work();
  await watching.ended;
  expect(names(watching).at(-1)).toBe("Succeeded");
  expect([watching.errors, service.apiErrors]).toEqual([[], []]);
});

test("An error of ours in mid-subscription is masked, with a code", async () => {
  let broken = false;
  const fail = () => {
    if (broken) throw new Error("The disk is on fire");
  };
  const service = await startService({}, ({ store }) => ({ store: counting(store, fail) }));
  const watching = watch(service, await service.submit());
  await eventually(() => expect(names(watching)).toEqual(["Queued"]));
  broken = true;
  await watching.ended;
  expect(watching.errors).toMatchObject([{ message: /on our side/, extensions: { code: "INTERNAL" } }]);
  expect(service.apiErrors.map(String)).toEqual(["Error: The disk is on fire"]);
});

/** The same store, that tells of each get before it happens. */
function counting(store: ObjectStore, onGet: () => void): ObjectStore {
  const get = ((key: string, unlessEtag?: string) => {
    onGet();
    return unlessEtag === undefined ? store.get(key) : store.get(key, unlessEtag);
  }) as ObjectStore["get"];
  return { ...store, get };
}
