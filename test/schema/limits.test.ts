import { expect, test, vi } from "vitest";
import type { Owner } from "../../functions/access/limits.ts";
import { limitRequests } from "../../functions/access/request-limit.ts";
import { CodedError } from "../../lib/errors.ts";
import { answerOf, csrf, picture, startService } from "./service.ts";

const limited = (limits: Owner["limits"]) => ({ ownerOf: () => ({ name: "ann", limits }) });

test("More requests in a minute than an owner may send are answered 429, with when to come back; other owners are not", async () => {
  const ownerOf = ({ headers }: Request) => ({ name: headers.get("x-owner") ?? "ann", limits: { requestsPerMinute: 3 } });
  const service = await startService({ ownerOf, plugins: [limitRequests(ownerOf)] });
  const ask = (owner: string) =>
    fetch(service.url, {
      method: "POST",
      headers: { ...csrf, "content-type": "application/json", "x-owner": owner },
      body: JSON.stringify({ query: "{ limits { requestsPerMinute queuedPasses used { queuedPasses } } }" }),
    });
  for (let i = 0; i < 3; i++) expect((await ask("ann")).status).toBe(200);
  const refused = await ask("ann");
  expect(refused.status).toBe(429);
  const after = Number(refused.headers.get("retry-after"));
  expect(after).toBeGreaterThan(50);
  expect(after).toBeLessThanOrEqual(60);
  const { errors } = await answerOf(refused);
  expect(errors).toEqual([
    {
      message: `You may send 3 requests a minute; send more in ${after} s.`,
      extensions: { code: "LIMIT_EXCEEDED", limit: "requestsPerMinute", allowed: 3, used: 4, retryAfterSeconds: after },
    },
  ]);
  const other = await answerOf(await ask("bob"));
  expect(other.data).toEqual({ limits: { requestsPerMinute: 3, queuedPasses: null, used: null } });
});

test("More subscriptions than an owner may have open are answered 429, until one of them ends; other owners are not", async () => {
  const ownerOf = ({ headers }: Request) => ({ name: headers.get("x-owner") ?? "local", limits: { openStreams: 2 } });
  const service = await startService({ ownerOf });
  const open = async (owner: string) => {
    const leave = new AbortController();
    const id = await service.submit(undefined, {});
    const response = await fetch(service.url, {
      method: "POST",
      headers: { ...csrf, "content-type": "application/json", accept: "text/event-stream", "x-owner": owner },
      body: JSON.stringify({ query: `subscription { explanationProgress(id: "${id}") { sequence } }` }),
      signal: leave.signal,
    });
    return { response, leave };
  };
  const [one, two] = [await open("local"), await open("local")];
  expect([one.response.status, two.response.status]).toEqual([200, 200]);
  const { response: refused } = await open("local");
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "5"]);
  expect((await answerOf(refused)).errors).toEqual([
    {
      message: "You have 2 subscriptions open, and may have 2: close one, or subscribe again later.",
      extensions: { code: "LIMIT_EXCEEDED", limit: "openStreams", allowed: 2, used: 2, retryAfterSeconds: 5 },
    },
  ]);
  const other = await open("bob");
  expect(other.response.status).toBe(200);
  one.leave.abort();
  await expect.poll(async () => (await open("local")).response.status, { timeout: 10_000 }).toBe(200);
  for (const { leave } of [two, other]) leave.abort();
});

test("What an owner has queued is bounded by the passes that it may take, and asking again once it is done is fine", async () => {
  const service = await startService(limited({ queuedPasses: 30 }));
  const image = await picture();
  const rise = (numMasks: number) => service.explain(image, { method: { rise: { numMasks } } });
  const first = await rise(20);
  expect(first.errors).toBeUndefined();
  const refused = await rise(19);
  expect(refused.errors).toMatchObject([
    {
      message: expect.stringMatching(
        /^This may take 20 passes of the model; with the 21 that you have queued these are more than 30/,
      ),
      extensions: { code: "LIMIT_EXCEEDED", limit: "queuedPasses", allowed: 30, used: 21, retryAfterSeconds: 5 },
    },
  ]);
  expect(await service.messages()).toHaveLength(1);
  // The same question is the same explanation, and nothing more.
  expect((await rise(20)).errors).toBeUndefined();
  const { data } = await service.ask("{ limits { queuedPasses used { queuedPasses storedBytes } } }");
  expect(data).toEqual({ limits: { queuedPasses: 30, used: { queuedPasses: 21, storedBytes: 0 } } });

  await service.work();
  expect((await rise(19)).errors).toBeUndefined();
  const never = await rise(30);
  expect(never.errors).toMatchObject([{ extensions: { code: "QUOTA_EXCEEDED", limit: "queuedPasses", allowed: 30, used: 31 } }]);
});

test("What waits is not forgotten where the store does not answer", async () => {
  let hidden: string | undefined;
  const service = await startService(limited({ queuedPasses: 30 }), ({ store }) => ({
    store: {
      ...store,
      get: async (...args: [string]) => {
        if (hidden !== undefined && args[0].includes(hidden)) throw new CodedError("STORAGE_UNAVAILABLE", "The disk is gone.");
        return store.get(...args);
      },
    },
  }));
  const image = await picture();
  const rise = (numMasks: number) => service.explain(image, { method: { rise: { numMasks } } });
  const first = await rise(20);
  hidden = first.data.explainImage.id;
  expect((await rise(19)).errors).toMatchObject([{ extensions: { code: "STORAGE_UNAVAILABLE" } }]);
  hidden = undefined;
  expect((await rise(19)).errors).toMatchObject([{ extensions: { code: "LIMIT_EXCEEDED", used: 21 } }]);
});

test("Questions that come at once cannot slip through together", async () => {
  const service = await startService(limited({ queuedPasses: 63 }));
  const image = await picture();
  const ask = (seed: number) => service.explain(image, { method: { rise: { numMasks: 20, seed } } });
  const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(ask));
  expect(answers.filter(({ errors }) => errors === undefined)).toHaveLength(3);
  expect(await service.messages()).toHaveLength(3);
});

test("An owner who keeps too much can ask for no more until something is deleted", async () => {
  const service = await startService(limited({ storedBytes: 2000 }));
  const image = await picture();
  const ask = (seed: number) => service.explain(image, { method: { rise: { numMasks: 2, seed } } });
  const ids: string[] = [];
  let refused: Awaited<ReturnType<typeof ask>> | undefined;
  for (let seed = 1; refused === undefined && seed < 10; seed++) {
    const answer = await ask(seed);
    if (answer.errors) refused = answer;
    else {
      ids.push(answer.data.explainImage.id);
      await service.work();
    }
  }
  expect(refused!.errors).toMatchObject([{ extensions: { code: "QUOTA_EXCEEDED", limit: "storedBytes", allowed: 2000 } }]);
  expect(ids.length).toBeGreaterThan(0);
  const used = async () => (await service.ask("{ limits { used { storedBytes } } }")).data.limits.used.storedBytes as number;
  const before = await used();
  expect(before).toBeGreaterThanOrEqual(2000);
  for (const id of ids) await service.ask(`mutation { deleteExplanation(id: "${id}") }`);
  expect(await used()).toBe(0);
  expect((await ask(99)).errors).toBeUndefined();
});

test("What was stored is forgotten with the days after which the store deletes it", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    const service = await startService(limited({ storedBytes: 1_000_000_000 }), () => ({ keepDays: 7 }));
    const image = await picture();
    const ask = (seed: number) => service.explain(image, { method: { rise: { numMasks: 2, seed } } });
    const used = async () => (await service.ask("{ limits { used { storedBytes } } }")).data.limits.used.storedBytes as number;
    await ask(1);
    await service.work();
    await ask(2);
    expect(await used()).toBeGreaterThan(0);
    vi.setSystemTime(Date.now() + 8.5 * 24 * 3_600_000);
    await ask(3);
    expect(await used()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test("The explanations of one request may take as many passes as one explanation may, together", async () => {
  const service = await startService({}, () => ({ maxPasses: 50 }));
  const image = await picture();
  const upload = async () => {
    const { data } = await service.ask(
      `mutation { createUpload(input: { bytes: ${image.length} }) { id url headers { name value } } }`,
    );
    const { id, url, headers } = data.createUpload as { id: string; url: string; headers: { name: string; value: string }[] };
    const told = headers.map(({ name, value }): [string, string] => [name, value]);
    await fetch(new URL(url, service.origin), { method: "PUT", headers: told, body: Buffer.from(image) });
    return id;
  };
  const id = await upload();
  const one = (seed: number) =>
    `e${seed}: explainImage(input: { upload: "${id}", method: { rise: { numMasks: 20, seed: ${seed} } } }) { id }`;
  const { data, errors } = await service.ask(`mutation { ${[1, 2, 3].map(one).join(" ")} }`);
  expect(data).toBeNull();
  expect(errors).toMatchObject([
    { message: expect.stringContaining("may take 50 passes of the model together"), extensions: { code: "QUERY_TOO_LARGE" } },
  ]);
  expect((await service.ask(`mutation { ${[1, 2].map(one).join(" ")} }`)).errors).toBeUndefined();
});
