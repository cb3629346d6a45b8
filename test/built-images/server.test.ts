import { execFile, execFileSync } from "node:child_process";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Client } from "../service/client.ts";
import { freePort } from "../service/free-port.ts";
import { example, long } from "../service/place.ts";
import { build, type Container, init, killAll, missing, start, type StartOptions } from "./images.ts";

const KEY = "a-key-of-ann-s-own";
const keys = { VITCX_API_KEYS: `ann=${KEY}` };

/** The user of the image. */
const USER = 10_001;

describe.skipIf(missing !== undefined)(`the server's image${missing === undefined ? "" : ` (left out: ${missing})`}`, () => {
  let data: string;
  beforeAll(async () => {
    expect(await build("Dockerfile", "server")).toEqual([]);
    data = await ownFolder();
  }, 900_000);
  afterEach(killAll);
  afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

  const folders: string[] = [];
  /** An empty volume, which belongs to the image's user. */
  async function ownFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "vitcx-volume-"));
    folders.push(folder);
    await chown(folder, USER, USER);
    return folder;
  }

  /** On a port of this machine's, whose network it has. */
  async function serve(more: StartOptions = {}, key = KEY): Promise<{ server: Container; client: Client }> {
    const PORT = String(await freePort());
    const volumes = { [data]: "/data" };
    const server = await start("server", { volumes, readOnly: true, ...more, env: { ...(more.env ?? keys), PORT } });
    await server.printed(/listens on http:\/\/0\.0\.0\.0:/);
    return { server, client: new Client(`http://127.0.0.1:${PORT}`, key) };
  }

  test("answers questions with a worker of its own, as nobody in particular, and keeps what it knows in the volume", async () => {
    const { server, client } = await serve();
    expect(server.config).toMatchObject({ User: String(USER), Volumes: { "/data": {} }, ExposedPorts: { "4000/tcp": {} } });
    expect(await server.exec("cat", "/proc/1/status")).toMatch(/^Uid:\t10001\t10001/m);
    await server.checkHealth();
    const page = await client.download("/");
    expect(Buffer.from(page).toString()).toContain("<script");

    const id = await client.explainImage(example("crab.png"));
    expect((await client.followToEnd(id)).at(-1)?.kind).toBe("SucceededEvent");
    const query = "query ($id: ID!) { explanation(id: $id) { status saliencyMap { overlay } } }";
    const answer = await client.ask<{ explanation: { status: string; saliencyMap: { overlay: string } } }>(query, { id });
    const overlay = await client.download(answer.explanation.saliencyMap.overlay);
    expect(Buffer.from(overlay).subarray(1, 4).toString()).toBe("PNG");
    await expect(new Client(client.origin).ask("{ models { id } }")).rejects.toThrow("x-api-key");
    await expect(server.exec("touch", "/vitcx/x")).rejects.toThrow("Read-only");

    server.kill("SIGTERM");
    expect(await server.ended).toBe(0);

    // Backed up and restored by the image's own tar, as docs/one-machine.md has it.
    const [backup, restored] = [await ownFolder(), await ownFolder()];
    for (const [volume, command] of [
      [data, "tar -C /data -cz . > /backup/vitcx.tar.gz"],
      [restored, "tar -C /data -xz < /backup/vitcx.tar.gz"],
    ] as const) {
      const volumes = { [volume]: "/data", [backup]: "/backup" };
      const tar = await start("server", { volumes, readOnly: true, command: ["sh", "-c", command] });
      expect([await tar.ended, tar.log()]).toEqual([0, ""]);
    }
    const again = await serve({ volumes: { [restored]: "/data" } });
    const { explanation: kept } = await again.client.ask<typeof answer>(query, { id });
    expect(kept.status).toBe("SUCCEEDED");
    const path = new URL(kept.saliencyMap.overlay).pathname + new URL(kept.saliencyMap.overlay).search;
    expect(await again.client.download(path)).toEqual(overlay);
    await again.server.exec("vitcx", "check");
    await expect(again.server.exec("vitcx", "models", "list")).resolves.toContain("emoji-vit");
  });

  test("says in its health check that it does not listen", async () => {
    const { server } = await serve({ command: ["vitcx", "serve", "--no-worker"] });
    await server.checkHealth();
    const other = { ...server, config: server.config };
    await expect(other.exec("env", `PORT=${await freePort()}`, ...server.config.Healthcheck!.Test.slice(1))).rejects.toThrow();
  });

  test("does not start without keys, unless it is said that nobody needs one", async () => {
    const closed = await start("server", { volumes: { [data]: "/data" }, env: { PORT: "0" } });
    expect(await closed.ended).toBe(2);
    expect(closed.log()).toContain("VITCX_WITHOUT_KEYS=true");
    const { client } = await serve({ env: { VITCX_WITHOUT_KEYS: "true" } });
    await expect(client.ask("{ models { id } }")).resolves.toBeDefined();
  });

  test("is not built where a library cannot be loaded", async () => {
    const copied = "COPY --from=modules /vitcx/node_modules node_modules\n";
    const change = (text: string) => text.replace(copied, `${copied}RUN find . -name 'libvips-cpp*' -exec rm {} +\n`);
    await expect(build("Dockerfile", "server", { change })).rejects.toThrow(/libvips-cpp[^ ]*: cannot open shared object file/);
  });

  describe.skipIf(!hasCompose())(`compose.yaml${hasCompose() ? "" : " (left out: docker-compose is not installed)"}`, () => {
    test("is one that Compose takes, and wants keys", async () => {
      const { services, volumes } = await composed();
      expect([Object.keys(services), Object.keys(volumes)]).toEqual([["api", "worker"], ["data"]]);
      expect(services["api"]!.ports).toEqual(["127.0.0.1:4000:4000/tcp"]);
      expect(services["api"]!.environment).toMatchObject({ VITCX_KEYS: "store" });
    });

    test("starts an API, and workers of which one takes over from another that ends", async () => {
      const { services } = await composed();
      const started = (name: string) => {
        const { command, environment = {}, read_only, init: hasInit, volumes, image } = services[name]!;
        expect([image, volumes]).toEqual(["vitcx", ["data:/data:rw"]]);
        return { command, env: environment, readOnly: read_only, init: hasInit ? init : "", volumes: { [data]: "/data" } };
      };
      const adding = await start("server", { ...started("api"), command: ["vitcx", "keys", "add", "ann"] });
      expect(await adding.ended).toBe(0);
      const { server, client } = await serve(started("api"), adding.log().trimEnd().split("\n").at(-1));
      await expect(new Client(client.origin).ask("{ models { id } }")).rejects.toThrow("x-api-key");
      const id = await client.explainImage(example("key-octopus.png"), long);
      const workers = [await start("server", started("worker")), await start("server", started("worker"))];
      const events = await client.followIntoTheMiddle(id);
      for (const worker of workers) {
        expect(services["worker"]!.healthcheck.test[0]).toBe("CMD-SHELL");
        await worker.exec("sh", "-c", services["worker"]!.healthcheck.test[1]!);
      }
      await expect(client.download("/ready")).resolves.toBeDefined();
      const name = events.find(({ kind }) => kind === "StartedEvent")!.worker!;
      const logs = () => workers.map((worker) => worker.log().includes(name));
      workers[logs().indexOf(true)]!.kill("SIGTERM");
      const rest = await client.followToEnd(id);
      expect(rest.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["ReleasedEvent", "SucceededEvent"]));
      await server.checkHealth();
    });
  });
});

interface Service {
  readonly image: string;
  readonly command: string[];
  readonly environment?: Record<string, string>;
  readonly healthcheck: { readonly test: string[] };
  readonly init: boolean;
  readonly ports?: string[];
  readonly read_only: boolean;
  readonly volumes: string[];
}

/** What Compose makes of compose.yaml; rejects with its complaint. */
async function composed() {
  const yaml = "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))";
  const command = `docker-compose --file compose.yaml config > "$0" && python3 -c '${yaml}' < "$0"`;
  const folder = await mkdtemp(join(tmpdir(), "vitcx-compose-"));
  const environment = { PATH: process.env["PATH"], HOME: folder };
  try {
    const { stdout } = await promisify(execFile)("sh", ["-c", command, join(folder, "config")], { env: environment });
    return JSON.parse(stdout) as { services: Record<string, Service>; volumes: object };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function hasCompose(): boolean {
  try {
    execFileSync("docker-compose", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
