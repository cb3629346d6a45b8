import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { example, openPlace } from "../service/place.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Runs `vitcx` in a terminal, presses Ctrl-C once the bar is drawn, and returns all that the terminal was sent. */
async function pressCtrlC(args: readonly string[], cwd: string): Promise<{ output: string; exitCode: number | null }> {
  const command = [
    process.execPath,
    "--import",
    join(root, "node_modules/tsx/dist/loader.mjs"),
    join(root, "cli/vitcx.ts"),
    ...args,
  ];
  const quoted = command.map((each) => `'${each}'`).join(" ");
  // util-linux's `script` runs a command in a terminal of its own, and ends with the command's exit code.
  const child = spawn("script", ["--quiet", "--return", "--flush", "--command", `exec ${quoted}`, "/dev/null"], { cwd });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  while (!output.includes("masks scored")) await once(child.stdout, "data");
  child.stdin.write("\x03");
  const [exitCode] = (await once(child, "close")) as [number | null];
  return { output, exitCode };
}

test.skipIf(process.platform !== "linux")(
  "Ctrl-C leaves the terminal as it was, and no files",
  { timeout: 90_000 },
  async ({ onTestFinished }) => {
    const place = await openPlace(onTestFinished);
    const photo = fileURLToPath(example("crab.png"));
    const out = join(place.folder, "out");
    const { output, exitCode } = await pressCtrlC(["explain", photo, "--method", "rise:count=8000", "--out", out], place.folder);
    expect(exitCode).toBe(130);
    // Automatic wrapping and the cursor: whatever is switched off is switched on again.
    for (const mode of ["?7", "?25"])
      expect(output.lastIndexOf(`\x1b[${mode}l`)).toBeLessThanOrEqual(output.lastIndexOf(`\x1b[${mode}h`));
    expect(output).toContain("\x1b[?7l");
  },
);
