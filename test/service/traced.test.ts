import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { example, openPlace } from "./place.ts";

/** A collector that keeps the bodies that it is sent; names and values of protobuf's strings stand in them as they are. */
async function collector(onTestFinished: (end: () => void) => void) {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (request.url === "/v1/traces" && request.headers["content-type"] === "application/x-protobuf")
        bodies.push(Buffer.concat(chunks).toString("latin1"));
      response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
    });
  }).listen(0, "127.0.0.1");
  onTestFinished(() => server.close().closeAllConnections());
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies };
}

test("A collector of OpenTelemetry is sent a span a request and a job, with the job's stages, before the processes end", async ({
  onTestFinished,
}) => {
  const place = await openPlace(onTestFinished);
  const { url, bodies } = await collector(onTestFinished);
  const { server, client } = await place.startService({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
  const id = await client.explainImage(example("key-octopus.png"));
  await client.followToEnd(id);
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  await fetch(`${client.origin}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", traceparent: `00-${traceId}-b7ad6b7169203331-01` },
    body: JSON.stringify({ query: "{ models { id } }" }),
  });
  await server.printed(/"msg":"job"/);
  server.kill("SIGTERM");
  await server.ended;
  const of = (service: string) => bodies.filter((body) => body.includes(service)).join("\n");
  expect(of("vitcx-server")).toContain("mutation explainImage");
  expect(of("vitcx-server")).toContain(Buffer.from(traceId, "hex").toString("latin1"));
  for (const text of ["job", id, "classify", "cluster", "score", "map", "SUCCEEDED"]) expect(of("vitcx-worker")).toContain(text);
});

test("A collector that does not answer keeps nobody from an answer, nor a process from its end", async ({ onTestFinished }) => {
  const place = await openPlace(onTestFinished);
  const silent = createServer(() => undefined).listen(0, "127.0.0.1");
  onTestFinished(() => silent.close().closeAllConnections());
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const { server, client } = await place.startService({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
  const id = await client.explainImage(example("key-octopus.png"));
  expect((await client.followToEnd(id)).at(-1)).toMatchObject({ kind: "SucceededEvent" });
  const begun = performance.now();
  server.kill("SIGTERM");
  await server.ended;
  expect(performance.now() - begun).toBeLessThan(20_000);
});
