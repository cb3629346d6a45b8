import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { optionsOf } from "../../cli/explain/options.ts";
import { main } from "../../cli/program.ts";
import { parseMethod, textOf } from "../../lib/explanation/request/parse-method.ts";
import { methods } from "../../lib/methods/registry.ts";
import { describeOptions, hyphenated } from "../../lib/options/describe.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { version, scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  version: string;
  scripts: Readonly<Record<string, string>>;
};

/** What a command prints and its exit code, in this process. */
async function vitcx(...args: string[]) {
  const text = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((chunk) => {
      text[name] += String(chunk);
      return true;
    }),
  );
  const error = vi.spyOn(console, "error").mockImplementation((line) => void (text.stderr += `${String(line)}\n`));
  try {
    return { status: await main(args), ...text };
  } finally {
    for (const spy of [...spies, error]) spy.mockRestore();
  }
}

test("npx may start it in a folder that has no package", async ({ onTestFinished }) => {
  onTestFinished(() => void vi.unstubAllEnvs());
  // npx names the package.json of where it was called, whether there is one or not.
  vi.stubEnv("npm_package_json", join(tmpdir(), "no-such-package/package.json"));
  vi.stubEnv("INIT_CWD", tmpdir());
  expect((await vitcx("--version")).status).toBe(0);
});

test("Help and version are printed, and are no error", async () => {
  for (const args of [["--help"], ["-h"], ["help"]]) {
    expect(await vitcx(...args)).toMatchObject({
      status: 0,
      stderr: "",
      stdout: expect.stringMatching(/^ {2}explain .*image/m),
    });
  }
  expect(await vitcx("--version")).toEqual({ status: 0, stderr: "", stdout: `${version}\n` });
  expect(await vitcx("help", "explain")).toEqual(await vitcx("explain", "--help"));
  expect((await vitcx("models", "add", "--help")).stdout).toMatch(
    /^Usage: vitcx models add \[options\] <source>\n.*hf:OWNER\/NAME/s,
  );
});

test("Every command has a script of npm, and help of its own", async () => {
  const { stdout } = await vitcx("--help");
  const commands = [...stdout.matchAll(/^ {2}([a-z-]+) {2,}/gm)].map(([, name]) => name!);
  expect(commands).toEqual(["serve", "worker", "explain", "evaluate", "sanity-check", "check", "keys", "models"]);
  for (const name of commands) {
    expect(scripts[name === "serve" ? "start" : name]).toBe(`tsx cli/vitcx.ts ${name}`);
    const help = { status: 0, stdout: expect.stringContaining(`Usage: vitcx ${name} [options]`) };
    expect(await vitcx(name, "--help")).toMatchObject(help);
  }
});

test("Every method and each of its options is in the help, and the options are flags", async () => {
  const { stdout } = await vitcx("explain", "--help");
  for (const { name, title, options } of methods) {
    expect(stdout).toMatch(new RegExp(`^ {2}${textOf(name)} +${title}:`, "m"));
    for (const option of describeOptions(options)) {
      expect(stdout).toContain(`--${hyphenated(option.name)} <`);
      const value = option.type === "enum" ? option.values.at(-1)!.value : option.type === "boolean" ? false : option.maximum!;
      expect(optionsOf(parseMethod(textOf(name)), { [option.name]: String(value) })).toEqual({ [option.name]: value });
    }
  }
});

test.for([
  [["frobnicate"], "Unknown command 'frobnicate'. See vitcx --help.\n"],
  [["explan", "x.png"], "Unknown command 'explan'. Did you mean explain? See vitcx --help.\n"],
  [["--verison"], "Unknown option '--verison'. Did you mean --version? See vitcx --help.\n"],
  [["models", "lst"], "Unknown command 'lst'. Did you mean list? See vitcx models --help.\n"],
  [["models", "add"], "Missing required argument 'source'. See vitcx models add --help.\n"],
  [["worker", "7"], "Too many arguments for 'worker'. Expected 0 arguments but got 1. See vitcx worker --help.\n"],
  [["evaluate", "--limit"], "Option '--limit <n>' argument missing. See vitcx evaluate --help.\n"],
  [["evaluate", "--limit", "0"], "Expected --limit to be an integer, at least 1, got 0.\n"],
  [["sanity-check"], "Required option '--images <folder>' not specified. See vitcx sanity-check --help.\n"],
] as const)("%j is answered in a sentence, and ends with 2", async ([args, stderr]) => {
  expect(await vitcx(...args)).toEqual({ status: 2, stdout: "", stderr });
});

test("Without a command the help goes to stderr, and the end is one of an error", async () => {
  expect(await vitcx()).toEqual({ status: 2, stdout: "", stderr: (await vitcx("--help")).stdout });
});

test("The help loads neither ONNX Runtime nor sharp", { timeout: 90_000 }, () => {
  const script = `
    import { createRequire } from "node:module";
    process.on("exit", (code) => {
      const loaded = Object.keys(createRequire("${root}").cache).filter((file) => /onnxruntime-node|sharp/.test(file));
      console.log(code, loaded.length > 0);
    });`;
  const exit = (...args: string[]) => {
    const imports = ["tsx", `data:text/javascript,${encodeURIComponent(script)}`].flatMap((each) => ["--import", each]);
    const { stdout } = spawnSync(process.execPath, [...imports, join(root, "cli/vitcx.ts"), ...args], { encoding: "utf8" });
    return stdout.trimEnd().split("\n").at(-1);
  };
  expect(exit("explain", "--help")).toBe("0 false");
  expect(exit("explain", "no-such.png")).toBe("1 true");
});

test("Paths are relative to where npm was called, also with --prefix", { timeout: 90_000 }, ({ onTestFinished }) => {
  const folder = mkdtempSync(join(tmpdir(), "vitcx-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  symlinkSync(join(root, "models/emoji-vit/examples/crab.png"), join(folder, "photo.png"));
  const explain = ["explain", "--", "photo.png", "--method", "centre-gaussian", "--out", "result"];
  const args = ["--prefix", root, "run", "--silent", ...explain];
  const { status, stdout, stderr } = spawnSync("npm", args, { cwd: folder, encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/in result: saliency-map\.npy/);
  expect(readFileSync(join(folder, "result/overlay.png")).subarray(1, 4).toString()).toBe("PNG");
});
