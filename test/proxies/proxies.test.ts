import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sharp } from "../../lib/image/sharp.ts";
import type { Client } from "../service/client.ts";
import { openPlace } from "../service/place.ts";
import { holdWorker } from "./hold-worker.ts";
import { type Arrival, Http2Client } from "./http2-client.ts";
import { caddy, nginx, page, type Proxy } from "./proxy.ts";

/** How late an event may be seen after it was written: milliseconds. */
const LATE_MS = 300;

describe.each([nginx, caddy])("behind $name", { timeout: 120_000 }, (kind) => {
  describe.skipIf(!kind.isInstalled)(
    kind.isInstalled ? "as it is documented" : `which is not installed: apt-get install ${kind.name}`,
    () => {
      let direct: Client;
      let proxy: Proxy;
      let client: Http2Client;
      beforeAll(async () => {
        const place = await openPlace(afterAll);
        ({ client: direct } = await place.startService());
        proxy = await kind.start(direct.origin);
        client = new Http2Client(proxy);
      });
      afterAll(async () => {
        client.close();
        await proxy.stop();
      });

      test("events are seen when they are written, over HTTP/2", async () => {
        const { id, letGo } = await holdWorker(direct, 1);
        const delays = new Map<number, number>();
        for await (const arrival of client.follow(id)) {
          const event = eventOf(arrival);
          if (event?.sequence === 1) await letGo();
          else if (event) delays.set(event.sequence, arrival.at - Date.parse(event.time));
        }
        console.log(`${kind.name}: milliseconds from writing to sight: ${[...delays.values()].join(" ")}`);
        expect(delays.size).toBeGreaterThan(5);
        expect(delays.get(2)).toBeLessThan(LATE_MS);
      });

      test("twelve subscriptions have one connection, and all see the end", async () => {
        const { id, letGo } = await holdWorker(direct, 2);
        let waiting = 12;
        const ends = Array.from({ length: 12 }, async () => {
          let last = "";
          for await (const arrival of client.follow(id)) {
            const event = eventOf(arrival);
            if (event?.sequence === 1 && --waiting === 0) await letGo();
            last = event?.__typename ?? last;
          }
          return last;
        });
        expect(new Set(await Promise.all(ends))).toEqual(new Set(["SucceededEvent"]));
      });

      test("20 MB are taken, in a request and by themselves", async () => {
        const image = await largeImage();
        expect(image.length).toBeGreaterThan(19_900_000);
        const inRequest = await client.send("POST", "/graphql", multipartHeaders, multipart(image));
        expect(JSON.parse(inRequest.text)).toMatchObject({ data: { explainImage: { status: "QUEUED" } } });

        const { createUpload } = await client.ask<{ createUpload: { id: string; path: string } }>(
          "mutation ($bytes: Int!) { createUpload(input: { bytes: $bytes }) { id path } }",
          { bytes: image.length },
        );
        const put = await client.send("PUT", createUpload.path, { "content-type": "application/octet-stream" }, image);
        expect(put.status).toBe(200);
        const { explainImage } = await client.ask<{ explainImage: { id: string } }>(
          "mutation ($upload: ID!) { explainImage(input: { upload: $upload }) { id } }",
          { upload: createUpload.id },
        );
        expect(explainImage.id).toBe(
          (JSON.parse(inRequest.text) as { data: { explainImage: { id: string } } }).data.explainImage.id,
        );
      });
    },
  );
});

describe.skipIf(!nginx.isInstalled)("nginx, changed", { timeout: 120_000 }, () => {
  let direct: Client;
  beforeAll(async () => {
    const place = await openPlace(afterAll);
    ({ client: direct } = await place.startService({ VITCX_TRUST_PROXY: "true" }));
  });

  /** Behind nginx with other lines in the place of `location`. */
  async function behind(lines: string, onTestFinished: (clean: () => Promise<void>) => void): Promise<Http2Client> {
    const proxy = await nginx.start(direct.origin, (config) => config.replace("location / {", `${lines}\n  location / {`));
    const client = new Http2Client(proxy);
    onTestFinished(() => (client.close(), proxy.stop()));
    return client;
  }

  test("comments hold a stream without events, which is longer than nginx waits for the next byte", async ({
    onTestFinished,
  }) => {
    // Of the same kind as the minute that nginx has, and not so long.
    const [patient, impatient] = [
      await behind("proxy_read_timeout 15s;", onTestFinished),
      await behind("proxy_read_timeout 5s;", onTestFinished),
    ];
    const { id, letGo } = await holdWorker(direct, 1);
    const isCut = lastOf(impatient, id).then(
      () => false,
      () => true,
    );
    const started = Date.now();
    let comments = 0;
    let last = "";
    for await (const arrival of patient.follow(id)) {
      // The first is there with the stream; the third comes after 24 s.
      if (arrival.line === ":" && ++comments === 3) await Promise.all([isCut, letGo()]);
      last = eventOf(arrival)?.__typename ?? last;
    }
    expect(await isCut).toBe(true);
    expect(Date.now() - started).toBeGreaterThan(20_000);
    expect(last).toBe("SucceededEvent");
  });

  test("a request above nginx's own megabyte is answered by nginx", async ({ onTestFinished }) => {
    const proxy = await nginx.start(direct.origin, (config) => config.replace(/client_max_body_size .*;/, ""));
    const client = new Http2Client(proxy);
    onTestFinished(() => (client.close(), proxy.stop()));
    const { status, contentType } = await client.send("POST", "/graphql", multipartHeaders, multipart(new Uint8Array(3_000_000)));
    expect([status, contentType]).toEqual([413, "text/html"]);
  });

  test("the origin of URLs is the one that nginx tells, where it is trusted", async ({ onTestFinished }) => {
    const headers = /```nginx\n(proxy_set_header [\s\S]*?)```/.exec(page)![1]!;
    const told = await behind(headers, onTestFinished);
    const query = "mutation { createUpload(input: { bytes: 1 }) { url } }";
    const { createUpload } = await told.ask<{ createUpload: { url: string } }>(query);
    expect(new URL(createUpload.url).origin).toBe(told.origin);
    const untold = await behind("", onTestFinished);
    const answer = await untold.ask<{ createUpload: { url: string } }>(query);
    expect(new URL(answer.createUpload.url).origin).toBe(direct.origin);
  });
});

/** The last event's kind; rejects where the stream is cut. */
async function lastOf(client: Http2Client, id: string): Promise<string> {
  let last = "";
  for await (const arrival of client.follow(id)) last = eventOf(arrival)?.__typename ?? last;
  return last;
}

function eventOf({ line }: Arrival): { __typename: string; sequence: number; time: string } | undefined {
  if (!line.startsWith("data: ")) return undefined;
  const { data } = JSON.parse(line.slice("data: ".length)) as {
    data: { explanationProgress: { __typename: string; sequence: number; time: string } };
  };
  return data.explanationProgress;
}

const multipartHeaders = { "content-type": "multipart/form-data; boundary=x", "x-graphql-yoga-csrf": "1" };

function multipart(image: Uint8Array): Buffer {
  const query = "mutation ($image: Upload) { explainImage(input: { image: $image }) { id status } }";
  const part = (name: string, value: string | Uint8Array) => [
    Buffer.from(`--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n`),
    Buffer.from(value),
    Buffer.from("\r\n"),
  ];
  return Buffer.concat([
    ...part("operations", JSON.stringify({ query, variables: { image: null } })),
    ...part("map", '{"0":["variables.image"]}'),
    ...part("0", image),
    Buffer.from("--x--\r\n"),
  ]);
}

/** A PNG of very nearly 20 MB, which no packing makes smaller. */
async function largeImage(): Promise<Uint8Array> {
  const [width, height] = [2578, 2578];
  const pixels = Buffer.alloc(width * height * 3);
  let state = 1;
  for (let i = 0; i < pixels.length; i++) pixels[i] = (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 24;
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 0 })
    .toBuffer();
}
