import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { DeleteMessageCommand, type Message, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";

/** What a function has told of one invocation, or of its start. */
interface Told {
  readonly kind: "response" | "error" | "init/error";
  readonly body: unknown;
}

/**
 * Lambda's side of its runtime interface (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html), and of an event source mapping of
 * batch size 1 with partial failures, for one container.
 */
export class LambdaService {
  readonly #server = createServer();
  /** Runtimes that wait for an invocation. */
  readonly #waiting: ServerResponse[] = [];
  readonly #pending: { readonly id: string; readonly event: object; readonly deadline: number }[] = [];
  readonly #told = new Map<string, (told: Told) => void>();
  readonly #broken: { readonly promise: Promise<unknown>; readonly resolve: (error: unknown) => void };

  constructor() {
    let resolve: (error: unknown) => void = () => undefined;
    this.#broken = { promise: new Promise((done) => (resolve = done)), resolve };
    this.#server.on("request", (request, response) => {
      const [, id = "", kind = ""] =
        /^\/2018-06-01\/runtime\/(?:invocation\/(?:([^/]+)\/)?)?(next|response|error|init\/error)$/.exec(request.url ?? "") ?? [];
      if (request.method === "GET" && kind === "next") {
        this.#waiting.push(response);
        this.#hand();
        return;
      }
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const told = this.#told.get(id);
        if (request.method !== "POST" || (kind !== "init/error" && told === undefined)) {
          response.writeHead(404).end();
          return;
        }
        const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
        if (kind === "init/error") this.#broken.resolve(body);
        this.#told.delete(id);
        told?.({ kind: kind as Told["kind"], body });
        response.writeHead(202, { "content-type": "application/json" }).end('{"status":"OK"}');
      });
    });
  }

  /** What goes into AWS_LAMBDA_RUNTIME_API. */
  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What the function tells where it cannot start. */
  get initError(): Promise<unknown> {
    return this.#broken.promise;
  }

  /** Has the function called once; what it told. */
  invoke(event: object, milliseconds = 900_000): Promise<Told> {
    const id = crypto.randomUUID();
    this.#pending.push({ id, event, deadline: Date.now() + milliseconds });
    const told = new Promise<Told>((resolve) => this.#told.set(id, resolve));
    this.#hand();
    return told;
  }

  /** The next message of a queue to the function; it is deleted unless the function reports it. Resolves when it is; rejects on an error. */
  async feed(endpoint: string, queueUrl: string): Promise<SQSBatchResponse> {
    const sqs = new SQSClient({ endpoint });
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 20, MessageSystemAttributeNames: ["All"] }),
    );
    const [message] = Messages ?? [];
    if (message === undefined) throw new Error(`Expected a message in ${queueUrl}, got none in 20 seconds`);
    const { kind, body } = await this.invoke(eventOf(message));
    if (kind !== "response") throw new Error(JSON.stringify(body));
    const answer = body as SQSBatchResponse;
    const failed = answer.batchItemFailures.some(({ itemIdentifier }) => itemIdentifier === message.MessageId);
    if (!failed) await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle }));
    return answer;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #hand(): void {
    while (this.#waiting.length > 0 && this.#pending.length > 0) {
      const { id, event, deadline } = this.#pending.shift()!;
      const response = this.#waiting.shift()!;
      if (response.destroyed) {
        this.#pending.unshift({ id, event, deadline });
        continue;
      }
      response.writeHead(200, {
        "content-type": "application/json",
        "lambda-runtime-aws-request-id": id,
        "lambda-runtime-deadline-ms": String(deadline),
        "lambda-runtime-invoked-function-arn": "arn:aws:lambda:us-east-1:000000000000:function:worker",
      });
      response.end(JSON.stringify(event));
    }
  }
}

function eventOf({ MessageId, ReceiptHandle, Body, Attributes }: Message): SQSEvent {
  const record = {
    messageId: MessageId!,
    receiptHandle: ReceiptHandle!,
    body: Body!,
    attributes: Attributes as never,
    messageAttributes: {},
    md5OfBody: "",
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:worker",
    awsRegion: "us-east-1",
  };
  return { Records: [record] };
}
