import { request } from "node:http";
import { describe, expect, test } from "vitest";
import { photograph, pngOf } from "../image/images.ts";
import { type Answer, answerOf, csrf, explainImage, multipart, picture, type Service, startService } from "./service.ts";

/** Refused with a code and a sentence, and nothing is stored or queued. */
async function expectRefused(service: Service, answer: Answer, code: string, sentence: RegExp): Promise<void> {
  expect(answer.errors).toHaveLength(1);
  expect(answer.errors?.[0]).toMatchObject({ message: expect.stringMatching(sentence), extensions: { code } });
  expect(await service.keys()).toEqual([]);
  expect(await service.messages()).toEqual([]);
  expect(service.apiErrors).toEqual([]);
}

const text = (value: string) => new TextEncoder().encode(value);

describe("An image is refused", () => {
  test.each<[string, () => Uint8Array | Promise<Uint8Array>, string, RegExp]>([
    ["that is text", () => text("hello"), "IMAGE_FORMAT_UNSUPPORTED", /none of the image formats.*JPEG, PNG, WebP or AVIF/],
    ["that is empty", () => text(""), "IMAGE_MISSING", /0 bytes/],
    [
      "that is cut short",
      async () => (await photograph(300, 200).jpeg().toBuffer()).subarray(0, 4000),
      "IMAGE_UNREADABLE",
      /JPEG image of 4,000 bytes is damaged or incomplete/,
    ],
    ["that is an SVG", () => text('<svg xmlns="http://www.w3.org/2000/svg"/>'), "IMAGE_FORMAT_UNSUPPORTED", /an SVG/],
    ["that unpacks to gigabytes", () => pngOf(30_000, 30_000), "IMAGE_TOO_LARGE", /30000 × 30000 pixels.*at most 50/],
  ])("%s", async (_, image, code, sentence) => {
    const service = await startService();
    await expectRefused(service, await service.explain(await image()), code, sentence);
  });

  test("that was not sent", async () => {
    const service = await startService();
    await expectRefused(service, await service.ask(explainImage, { input: {} }), "IMAGE_MISSING", /There is no image/);
  });

  test("that is not a file, in a variable and in the query", async () => {
    const service = await startService();
    for (const image of ["photo.png", 5, { name: "photo.png" }]) {
      await expectRefused(service, await service.ask(explainImage, { input: { image } }), "BAD_USER_INPUT", /Expected a file/);
    }
    const literal = await service.ask('mutation { explainImage(input: { image: "photo.png" }) { id } }');
    await expectRefused(service, literal, "BAD_USER_INPUT", /Expected a file/);
  });
});

describe("An input is refused", () => {
  test.each<[string, Record<string, unknown>, string, RegExp]>([
    ["of an unknown model", { model: "emoji-vti" }, "MODEL_UNKNOWN", /no model "emoji-vti".*"emoji-vit"/],
    ["of an unknown class", { target: "catt" }, "CLASS_UNKNOWN", /no class "catt".*0 to 39.*"cat"/],
    ["of a class beyond the last", { target: "40" }, "CLASS_UNKNOWN", /no class "40".*0 to 39/],
    [
      "of noise below 0",
      { method: { vitCx: { noiseSd: -1 } } },
      "BAD_USER_INPUT",
      /`noiseSd` to be a number from 0 to 10, got -1/,
    ],
    ["of δ = 0", { method: { vitCx: { delta: 0 } } }, "BAD_USER_INPUT", /`delta` to be a number above 0 and at most 2, got 0/],
    [
      "of a seed below 0",
      { method: { vitCx: { seed: -1 } } },
      "BAD_USER_INPUT",
      /`seed` to be an integer from 0 to 2147483647, got -1/,
    ],
    [
      "of a seed that is no integer",
      { method: { vitCx: { seed: 1.5 } } },
      "BAD_USER_INPUT",
      /Int cannot represent non-integer value: 1.5/,
    ],
    ["of an unknown field", { sede: 1 }, "BAD_USER_INPUT", /"sede" is not defined/],
  ])("%s", async (_, input, code, sentence) => {
    const service = await startService();
    await expectRefused(service, await service.explain(await picture(), input), code, sentence);
  });

  test("of an infinite number written in the query", async () => {
    const service = await startService();
    const form = multipart(await picture());
    const query =
      "mutation ($image: Upload) { explainImage(input: { image: $image, method: { vitCx: { noiseSd: 1e999 } } }) { id } }";
    form.set("operations", JSON.stringify({ query, variables: { image: null } }));
    form.set("map", JSON.stringify({ 0: ["variables.image"] }));
    await expectRefused(service, await post(service, form), "BAD_USER_INPUT", /`noiseSd` .*, got Infinity/);
  });

  test.each([
    ["NaN", "BAD_REQUEST", /invalid JSON/],
    ["1e999", "BAD_USER_INPUT", /Infinity/],
  ])("of the number %s in its JSON", async (number, code, sentence) => {
    const service = await startService();
    const body = JSON.stringify({ query: explainImage, variables: { input: { method: { vitCx: { delta: 0 } } } } }).replace(
      '"delta":0',
      `"delta":${number}`,
    );
    const answer = await post(service, body, { "content-type": "application/json" });
    expect(answer.status).toBe(400);
    await expectRefused(service, answer, code, sentence);
  });
});

describe("A multipart request is refused", () => {
  const operations = JSON.stringify({ query: explainImage, variables: { input: { image: null } } });
  const map = JSON.stringify({ 0: ["variables.input.image"] });

  test.each<[string, Record<string, string | null>, RegExp]>([
    ["without operations", { operations: null }, /no text field `operations`/],
    ["whose operations are no JSON", { operations: "{" }, /field `operations` to be a JSON object/],
    ["whose operations are null", { operations: "null" }, /field `operations` to be a JSON object/],
    ["whose operations are a number", { operations: "5" }, /field `operations` to be a JSON object/],
    ["whose operations are a list", { operations: `[${operations}]` }, /field `operations` to be a JSON object/],
    ["whose map is no JSON", { map: "{" }, /field `map` to be a JSON object/],
    ["whose map is a list", { map: '["variables.input.image"]' }, /field `map` to be a JSON object/],
    ["whose map has a number for paths", { map: '{"0":5}' }, /paths for the file "0", got 5/],
    ["whose map has a string for paths", { map: '{"0":"variables.input.image"}' }, /paths for the file "0", got "variables/],
    ["whose map has a number for a path", { map: '{"0":[5]}' }, /names "5", where `operations` has no null/],
    ["whose map names no null", { map: '{"0":["variables.input.photo"]}' }, /"variables.input.photo", where/],
    ["whose map names what is there", { map: '{"0":["query"]}' }, /names "query", where/],
    ["whose map names a prototype", { map: '{"0":["__proto__.image"]}' }, /"__proto__.image", where/],
    ["whose map names another file", { map: '{"1":["variables.input.image"]}' }, /the file "1", which was not sent/],
    ["with a third field", { note: "hello" }, /at most one file \(more than 1 file\)/],
  ])("%s", async (_, changes, sentence) => {
    const service = await startService();
    const form = multipart(await picture());
    for (const [name, value] of Object.entries({ operations, map, ...changes })) {
      form.delete(name);
      if (value !== null) form.set(name, value);
    }
    const answer = await post(service, form);
    expect(answer.status).toBe(400);
    await expectRefused(service, answer, "BAD_REQUEST", sentence);
  });

  test("with two files", async () => {
    const service = await startService();
    const form = multipart(await picture());
    form.set("1", new File(["another"], "another.png"));
    await expectRefused(service, await post(service, form), "BAD_REQUEST", /at most one file \(more than 1 file\)/);
  });

  test("that breaks off", async () => {
    const service = await startService();
    const body = '--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{"que';
    const answer = await post(service, body, { "content-type": "multipart/form-data; boundary=x" });
    await expectRefused(service, answer, "BAD_REQUEST", /Unexpected end/);
  });

  test("without the header that no other site can send; with it, it is taken", async () => {
    const service = await startService();
    const body = multipart(await picture());
    const answer = await answerOf(await fetch(service.url, { method: "POST", body }));
    expect(answer.status).toBe(403);
    await expectRefused(service, answer, "CSRF_HEADER_MISSING", /needs the header x-graphql-yoga-csrf/);
    const { data } = await service.explain(await picture());
    expect(data.explainImage.status).toBe("QUEUED");
  });
});

test("A GET request without the header is refused", async () => {
  const { url } = await startService();
  const get = async (headers: Record<string, string>) => answerOf(await fetch(`${url}?query={__typename}`, { headers }));
  expect(await get({})).toMatchObject({ status: 403, errors: [{ extensions: { code: "CSRF_HEADER_MISSING" } }] });
  expect(await get(csrf)).toMatchObject({ status: 200, data: { __typename: "Query" } });
});

describe("A request is too large", () => {
  test("by what its header says, before any of it is sent", async () => {
    const service = await startService();
    const answer = await raw(service, { "content-type": "multipart/form-data; boundary=x", "content-length": "50000000" }, "--x");
    expect(answer.status).toBe(413);
    await expectRefused(service, answer, "IMAGE_TOO_LARGE", /at most 20 MB/);
  });

  test("by its image, though the whole would pass", async () => {
    const service = await startService({ maxImageBytes: 100_000 });
    const answer = await service.explain(new Uint8Array(100_001));
    expect(answer.status).toBe(413);
    await expectRefused(service, answer, "IMAGE_TOO_LARGE", /at most 0.1 MB/);
  });

  test("by more than it said it would have, and is cut off", async () => {
    const service = await startService({ maxImageBytes: 100_000 });
    const head = '--x\r\ncontent-disposition: form-data; name="0"; filename="photo.png"\r\n\r\n';
    // The end never comes.
    const answer = await raw(service, { "content-type": "multipart/form-data; boundary=x" }, head + "x".repeat(200_000));
    expect(answer.status).toBe(413);
    await expectRefused(service, answer, "IMAGE_TOO_LARGE", /at most 0.1 MB/);
  });

  test("or may be, and is not read", async () => {
    const service = await startService();
    const answer = await raw(service, { "content-type": "application/json" }, '{"query":"{__typename}"}');
    expect(answer.status).toBe(411);
    await expectRefused(service, answer, "BAD_USER_INPUT", /Content-Length/);
  });

  test("only where the configuration says so", async () => {
    const service = await startService({ maxImageBytes: 40_000_000 });
    const answer = await service.explain(new Uint8Array(30_000_000));
    await expectRefused(service, answer, "IMAGE_FORMAT_UNSUPPORTED", /none of the image formats/);
  });
});

test("A client that goes before all of its request is there is nobody's error", async () => {
  const service = await startService();
  const headers = { ...csrf, "content-type": "multipart/form-data; boundary=x", "content-length": 5000 };
  const sent = request(service.url, { method: "POST", headers });
  const gone = new Promise((resolve) => sent.on("error", () => undefined).on("close", resolve));
  const answered = new Promise<void>((resolve) =>
    service.server.once("request", (_, response) => response.once("close", resolve)),
  );
  sent.write('--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{', () => sent.destroy());
  await Promise.all([gone, answered]);
  expect((await service.ask("{ __typename }")).errors).toBeUndefined();
  expect(service.apiErrors).toEqual([]);
});

async function post({ url }: Service, body: string | FormData, headers: Record<string, string> = {}): Promise<Answer> {
  return answerOf(await fetch(url, { method: "POST", headers: { ...csrf, ...headers }, body }));
}

/** Sends a part of a request and waits for the answer. */
function raw({ url }: Service, headers: Record<string, string>, part: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", headers: { ...csrf, ...headers } }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, ...(JSON.parse(body) as Omit<Answer, "status">) });
        sent.destroy();
      });
    });
    sent.on("error", reject);
    sent.write(part);
  });
}
