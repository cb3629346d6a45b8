import { setTimeout } from "node:timers/promises";
import { buildApp } from "fauxqs";
import { isPresigned } from "./presigned.ts";

/** S3 may end a page of a listing before it has as many keys as were asked for. */
const PAGE = 7;

type App = ReturnType<typeof buildApp>;

export interface LocalAws {
  /** Where S3 (path style) and SQS answer. */
  readonly endpoint: string;
  /** How many requests of each kind it has had from outside: "GET", "PUT", "HEAD", "LIST", or an action of SQS's. */
  readonly requests: ReadonlyMap<string, number>;
  createBucket(name: string): Promise<void>;
  /** The URL of a new queue, made with its dead-letter queue, to which SQS itself moves what was handed out `maxReceives` times. */
  createQueue(name: string, maxReceives: number): Promise<{ url: string; deadLetterUrl: string }>;
  stop(): Promise<void>;
}

/**
 * S3 and SQS in this process, for tests: fauxqs, and the promises of AWS's that it does not keep. Conditional puts are decided
 * here, one after the other; listings are in the order of code units; a receive whose client has gone takes no message; and what
 * comes without the client's own signature in a header has to be presigned.
 */
export async function startLocalAws(port = 0): Promise<LocalAws> {
  const app = buildApp({ logger: false });
  const requests = count(app);
  nameQueuesAsFauxqsDoes(app);
  checkPresigned(app);
  decideConditionalPuts(app);
  listByCodeUnits(app);
  forgetClosedReceives(app);
  const endpoint = await app.listen({ port, host: "127.0.0.1" });

  const sqs = async (action: string, body: object): Promise<void> => {
    const answer = await fetch(endpoint, { method: "POST", headers: sqsHeaders(action), body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${action}: ${await answer.text()}`);
  };
  return {
    endpoint,
    requests,
    async createBucket(name) {
      await app.inject({ method: "PUT", url: `/${name}`, headers: own });
    },
    async createQueue(name, maxReceives) {
      await sqs("CreateQueue", { QueueName: `${name}-dead` });
      const deadLetterTargetArn = `arn:aws:sqs:us-east-1:000000000000:${name}-dead`;
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: maxReceives });
      await sqs("CreateQueue", { QueueName: name, Attributes: { RedrivePolicy } });
      const url = `${endpoint}/000000000000/${name}`;
      return { url, deadLetterUrl: `${url}-dead` };
    },
    stop: () => app.close(),
  };
}

function sqsHeaders(action: string) {
  return {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": `AmazonSQS.${action}`,
    // fauxqs reads the region out of it.
    authorization: "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request",
  };
}

/** Requests that this file makes itself. */
const own = { "x-own": "1" };

function count(app: App): ReadonlyMap<string, number> {
  const requests = new Map<string, number>();
  app.addHook("onRequest", async ({ method, url, headers }) => {
    if (headers["x-own"]) return;
    const action = headers["x-amz-target"];
    const kind = typeof action === "string" ? action.replace("AmazonSQS.", "") : url.includes("list-type=2") ? "LIST" : method;
    requests.set(kind, (requests.get(kind) ?? 0) + 1);
  });
  return requests;
}

/** It gives them a host name that only some resolvers know. */
function nameQueuesAsFauxqsDoes(app: App): void {
  app.addHook("preHandler", async ({ body }) => {
    const sqs = body as { QueueUrl?: string } | null | undefined;
    if (!sqs?.QueueUrl) return;
    sqs.QueueUrl = sqs.QueueUrl.replace(/^http:\/\/[^/]*?(:\d+)?\//, "http://sqs.us-east-1.localhost$1/");
  });
}

function checkPresigned(app: App): void {
  app.addHook("onRequest", async (request, reply) => {
    const { method, url, headers } = request;
    if (headers.authorization !== undefined || headers["x-own"] || headers["x-amz-target"] !== undefined) return;
    const secret = process.env["AWS_SECRET_ACCESS_KEY"] ?? "";
    if (!isPresigned({ method, url, headers }, secret)) return refuse(reply, 403, "SignatureDoesNotMatch");
  });
}

function decideConditionalPuts(app: App): void {
  let last = Promise.resolve();
  const endOf = new WeakMap<object, () => void>();
  app.addHook("preHandler", async (request, reply) => {
    const { "if-none-match": none, "if-match": match } = request.headers;
    if (request.method !== "PUT" || (none === undefined && match === undefined)) return;
    const before = last;
    last = new Promise((resolve) => endOf.set(request, resolve));
    await before;
    const found = await app.inject({ method: "HEAD", url: request.url, headers: own });
    const etag = found.statusCode === 200 ? String(found.headers.etag).replaceAll('"', "") : undefined;
    if (match !== undefined && etag === undefined) return refuse(reply, 404, "NoSuchKey");
    if (match === undefined ? etag !== undefined : match.replaceAll('"', "") !== etag) {
      return refuse(reply, 412, "PreconditionFailed");
    }
  });
  app.addHook("onResponse", async (request) => endOf.get(request)?.());
}

function refuse(
  reply: { code(status: number): { type(type: string): { send(body: string): void } } },
  status: number,
  code: string,
) {
  reply.code(status).type("application/xml").send(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}

function listByCodeUnits(app: App): void {
  app.addHook("preHandler", async (request, reply) => {
    const query = request.query as Record<string, string>;
    if (request.method !== "GET" || query["list-type"] !== "2" || query["all"] !== undefined) return;
    const { prefix = "", "start-after": after = "", "max-keys": limit = "1000" } = query;
    const [folder] = request.url.split("?");
    const all: string[] = [];
    for (
      let page = "", token: string | undefined = "";
      token !== undefined;
      token = /<NextContinuationToken>(.*?)</.exec(page)?.[1]
    ) {
      const from = token === "" ? "" : `&continuation-token=${encodeURIComponent(token)}`;
      page = (await app.inject({ url: `${folder}?list-type=2&all=1&prefix=${encodeURIComponent(prefix)}${from}`, headers: own }))
        .body;
      all.push(...Array.from(page.matchAll(/<Key>(.*?)<\/Key>/g), ([, key = ""]) => key));
    }
    const left = all.filter((key) => key > after).toSorted();
    const keys = left.slice(0, Math.min(PAGE, Number(limit))).map((key) => `<Contents><Key>${key}</Key></Contents>`);
    const truncated = `<IsTruncated>${left.length > keys.length}</IsTruncated>`;
    return reply.type("application/xml").send(`<ListBucketResult>${truncated}${keys.join("")}</ListBucketResult>`);
  });
}

/** Waits here for a message, as long as the client does. */
function forgetClosedReceives(app: App): void {
  app.addHook("preHandler", async (request, reply) => {
    const body = request.body as { WaitTimeSeconds?: number } | undefined;
    if (request.headers["x-amz-target"] !== "AmazonSQS.ReceiveMessage" || !body?.WaitTimeSeconds) return;
    const end = performance.now() + body.WaitTimeSeconds * 1000;
    const headers = { ...sqsHeaders("ReceiveMessage"), ...own };
    const payload = JSON.stringify({ ...body, WaitTimeSeconds: 0 });
    while (!request.raw.socket.destroyed) {
      const answer = await app.inject({ method: "POST", url: "/", headers, payload });
      if (answer.statusCode !== 200 || answer.body.includes('"Messages"') || performance.now() >= end) {
        return reply.code(answer.statusCode).type("application/x-amz-json-1.0").send(answer.body);
      }
      await setTimeout(15);
    }
    reply.hijack();
  });
}
