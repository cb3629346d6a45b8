import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { scaleInProtection } from "../../functions/scale-in-protection.ts";

/** ECS's agent, as a container sees it. */
async function startAgent() {
  const said: { request: string; ProtectionEnabled: boolean; ExpiresInMinutes?: number }[] = [];
  let answer = (response: ServerResponse, ProtectionEnabled: boolean): void =>
    void response.end(JSON.stringify({ protection: { ProtectionEnabled, TaskArn: "arn:aws:ecs:eu-central-1:1:task/gpu/1" } }));
  async function hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const word = JSON.parse(body);
    said.push({ request: `${request.method} ${request.url}`, ...word });
    answer(response, word.ProtectionEnabled);
  }
  const server = createServer((request, response) => void hear(request, response));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  };
  const { port } = server.address() as AddressInfo;
  return { said, stop, uri: `http://127.0.0.1:${port}/api/1`, answerWith: (other: typeof answer) => (answer = other) };
}

const holding = { request: "PUT /api/1/task-protection/v1/state", ProtectionEnabled: true, ExpiresInMinutes: 60 };
const lettingGo = { request: "PUT /api/1/task-protection/v1/state", ProtectionEnabled: false };

describe("the protection from scale-in", () => {
  let agent: Awaited<ReturnType<typeof startAgent>>;
  beforeEach(async () => {
    agent = await startAgent();
  });
  afterEach(async () => {
    vi.useRealTimers();
    await agent.stop();
  });
  const unexpected = (error: unknown) => expect.unreachable(String(error));
  const said = (words: object[]) => vi.waitFor(() => expect(agent.said).toEqual(words), { timeout: 10_000 });

  test("is had before the work begins, and given up after it", async () => {
    const protection = scaleInProtection(agent.uri, unexpected, { idleMs: 1 });
    await protection.hold();
    expect(agent.said).toEqual([holding]);
    protection.letGo();
    await said([holding, lettingGo]);
    await protection.hold();
    expect(agent.said).toEqual([holding, lettingGo, holding]);
  });

  test("is kept from one job to the next, and asked for anew before it ends", async () => {
    vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
    const protection = scaleInProtection(agent.uri, unexpected);
    for (let job = 0; job < 3; job++) {
      await protection.hold();
      protection.letGo();
      vi.advanceTimersByTime(4000);
    }
    await protection.hold();
    expect(agent.said).toEqual([holding]);
    vi.advanceTimersByTime(31 * 60_000);
    expect(agent.said).toEqual([holding]);
    await protection.hold();
    expect(agent.said).toEqual([holding, holding]);
    protection.letGo();
    vi.advanceTimersByTime(5000);
    await protection.hold();
    expect(agent.said).toEqual([holding, holding, lettingGo, holding]);
  });

  test.each([
    ["refused", (response: ServerResponse) => response.end('{"failure":{"Arn":"arn","Detail":null,"Reason":"TASK_NOT_VALID"}}')],
    ["forbidden", (response: ServerResponse) => response.writeHead(400).end('{"error":{"Code":"AccessDeniedException"}}')],
    ["no JSON", (response: ServerResponse) => response.writeHead(502).end("Bad gateway")],
    ["cut off", (response: ServerResponse) => response.destroy()],
    ["something else", (response: ServerResponse) => response.end('{"protection":{"ProtectionEnabled":false}}')],
  ])("that is %s is told, fails nothing, and is tried again with the next job", async (_, answer) => {
    agent.answerWith(answer);
    const errors: unknown[] = [];
    const protection = scaleInProtection(agent.uri, (error) => errors.push(error));
    await protection.hold();
    await protection.hold();
    expect(agent.said).toEqual([holding, holding]);
    expect(errors).toEqual([expect.any(Error), expect.any(Error)]);
  });

  test("is not waited for without end", async () => {
    agent.answerWith(() => undefined);
    const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValue(AbortSignal.abort(new Error("too late")));
    const errors: unknown[] = [];
    await scaleInProtection(agent.uri, (error) => errors.push(error)).hold();
    expect(errors).toEqual([new Error("too late")]);
    expect(timeout).toHaveBeenCalledWith(3000);
    timeout.mockRestore();
  });

  test("is nothing outside of ECS", async () => {
    for (const uri of [undefined, ""]) {
      const protection = scaleInProtection(uri, unexpected, { idleMs: 0 });
      await protection.hold();
      protection.letGo();
    }
  });
});
