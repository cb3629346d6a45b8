import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stagesOf } from "./dockerfile.ts";

/** What ldd says of a library whose own ones are all there, where there is no driver. */
const complete = `	linux-vdso.so.1 (0x00007ffe5a5e5000)
	libcublasLt.so.13 => /usr/local/cuda/targets/x86_64-linux/lib/libcublasLt.so.13 (0x00007f2f00000000)
	libcudart.so.13 => /usr/local/cuda/targets/x86_64-linux/lib/libcudart.so.13 (0x00007f2eff000000)
	libcuda.so.1 => not found
	libonnxruntime_providers_shared.so => node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_shared.so
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f2efe000000)
`;
const withCudnn =
  "2 libs found in cache `/etc/ld.so.cache'\n\tlibcudnn.so.9 (libc6,x86-64) => /lib/x86_64-linux-gnu/libcudnn.so.9\n";

/** The steps of the gpu image that look at its CUDA, run in a folder with tools that say what they are told to. */
describe("the gpu image is refused", () => {
  let folder: string;
  let steps: string[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "vitcx-cuda-"));
    const gpu = stagesOf(await readFile("functions/worker.Dockerfile", "utf8")).find(({ name }) => name === "gpu");
    steps = gpu!.instructions.filter(({ name, rest }) => name === "RUN" && /\bldd|ldconfig/.test(rest)).map(({ rest }) => rest);
    expect(steps).toHaveLength(2);
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function look(needed: string, known: string, fails = false): Promise<boolean> {
    const tool = (name: string, says: string) =>
      writeFile(join(folder, name), `#!/bin/sh\ncat <<'END'\n${says}END\nexit ${fails ? 1 : 0}\n`, { mode: 0o755 });
    await Promise.all([tool("ldd", needed), tool("ldconfig", known)]);
    const env = { ...process.env, PATH: folder + delimiter + process.env["PATH"] };
    try {
      for (const step of steps) await promisify(execFile)("sh", ["-c", step], { cwd: folder, env });
      return true;
    } catch {
      return false;
    }
  }

  test("not where only the driver is missing; and nothing is left over", async () => {
    expect(await look(complete, withCudnn)).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(["ldconfig", "ldd"]);
  });

  test.each([
    [
      "a library of another CUDA is needed",
      complete.replace(/libcublasLt.so.13 => .*/, "libcublasLt.so.12 => not found"),
      withCudnn,
    ],
    [
      "its C library is too old",
      `./x.so: /lib/libc.so.6: version \`GLIBC_2.99' not found (required by ./x.so)\n${complete}`,
      withCudnn,
    ],
    [
      "there is no cuDNN",
      complete,
      "1 libs found in cache `/etc/ld.so.cache'\n\tlibcudnn.so.8 (libc6,x86-64) => /lib/libcudnn.so.8\n",
    ],
  ])("where %s", async (_, needed, known) => {
    expect(await look(needed, known)).toBe(false);
  });

  test("where nobody can tell", async () => {
    expect(await look(complete, withCudnn, true)).toBe(false);
  });
});
