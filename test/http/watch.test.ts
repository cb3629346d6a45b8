import { parse } from "graphql";
import { pino } from "pino";
import { Writable } from "node:stream";
import { expect, test } from "vitest";
import type { RequestFacts } from "../../functions/observe/metrics.ts";
import { operationOf, watchRequests } from "../../functions/observe/requests.ts";
import { csrf, multipart, picture, startService } from "../schema/service.ts";

async function watched(level = "info") {
  const lines: Record<string, unknown>[] = [];
  const write = (chunk: Buffer, _: unknown, done: () => void) => (lines.push(JSON.parse(chunk.toString()) as never), done());
  const facts: RequestFacts[] = [];
  const log = pino({ level }, new Writable({ write }));
  const plugin = watchRequests({ log, ownerOf: () => "ann", observe: (request) => facts.push(request) });
  const service = await startService({ plugins: [plugin] });
  return { service, lines, facts };
}

test("Each request is one line, with its id, owner, operation, status, milliseconds and codes, and is counted", async () => {
  const { service, lines, facts } = await watched();
  const answer = await fetch(service.url, {
    method: "POST",
    headers: { "content-type": "application/json", "x-request-id": "of-the-proxy-1" },
    body: JSON.stringify({ query: "query Mine { explanations(first: 0) { edges { cursor } } }" }),
  });
  expect(answer.headers.get("x-request-id")).toBe("of-the-proxy-1");
  const sent = await fetch(service.url, { method: "POST", headers: csrf, body: multipart(await picture()) });
  expect(sent.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  await service.ask("{ nope }");
  expect(lines).toMatchObject([
    {
      id: "of-the-proxy-1",
      owner: "ann",
      operation: "query explanations",
      method: "POST",
      status: 200,
      ms: expect.any(Number),
      codes: ["BAD_USER_INPUT"],
      msg: "request",
    },
    { id: sent.headers.get("x-request-id"), operation: "mutation explainImage", status: 200 },
    { operation: "graphql", codes: ["GRAPHQL_VALIDATION_FAILED"] },
  ]);
  expect(lines[1]).not.toHaveProperty("codes");
  expect(facts.map(({ operation, codes }) => [operation, ...codes])).toEqual([
    ["query explanations", "BAD_USER_INPUT"],
    ["mutation explainImage"],
    ["graphql", "GRAPHQL_VALIDATION_FAILED"],
  ]);
});

test("What is refused before it is read is a line, too; what a client calls itself is none of its words", async () => {
  const { service, lines } = await watched();
  const headers = { "content-type": "application/json", "x-request-id": 'a"\u00e9 b' };
  await fetch(service.url, { method: "POST", headers, body: `{"query":"${" ".repeat(1_100_000)}"}` });
  expect(lines).toMatchObject([{ operation: "graphql", status: 413, codes: ["HTTP_413"] }]);
  expect(lines[0]!["id"]).toMatch(/^[0-9a-f-]{36}$/);
});

test("Files are lines of the level debug alone", async () => {
  for (const [level, count] of [
    ["info", 0],
    ["debug", 1],
  ] as const) {
    const { service, lines } = await watched(level);
    await fetch(`${service.origin}/files/explanations/none/overlay.png`);
    expect(lines).toHaveLength(count);
  }
});

test.each([
  ["{ models { id } }", "query models"],
  ["query A { b: models { id } models { id } metrics { name } }", "query metrics,models"],
  ["{ a: models { id } metrics { name } methods { name } }", "query several"],
  ["{ __typename }", "query other"],
  ["mutation M { deleteExplanation(id: 1) }", "mutation deleteExplanation"],
])("%s is called %s", (query, name) => {
  expect(operationOf(parse(query), undefined)).toBe(name);
});
