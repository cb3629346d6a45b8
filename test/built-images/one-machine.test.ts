import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;

describe.skipIf(!hasSystemd)(
  `the unit of docs/one-machine.md${hasSystemd ? "" : " (left out: systemd is not installed)"}`,
  () => {
    /** What systemd complains of; `/bin/sh` stands for the program, which is not installed here. */
    async function complaints(change: (unit: string) => string = (unit) => unit): Promise<string> {
      const [, unit = ""] = /```ini\n(.*?)```/s.exec(await readFile("docs/one-machine.md", "utf8"))!;
      const folder = await mkdtemp(join(tmpdir(), "vitcx-unit-"));
      try {
        const file = join(folder, "vitcx.service");
        await writeFile(file, change(unit).replace("/opt/vitcx/bin/vitcx", "/bin/sh"));
        const { stderr } = spawnSync("systemd-analyze", ["verify", file], { encoding: "utf8" });
        return stderr
          .split("\n")
          .filter((line) => line.includes("vitcx.service"))
          .join("\n");
      } finally {
        await rm(folder, { recursive: true });
      }
    }

    test("is one that systemd takes without a word", async () => {
      expect(await complaints()).toBe("");
    });

    test.each([
      ["KillMode=mixed", "KilMode=mixed", /Unknown key (name )?'KilMode'/],
      ["KillMode=mixed", "KillMode=gently", /Failed to parse/],
      ["ExecStart=/opt/vitcx/bin/vitcx serve", "ExecStart=vitcxx serve", /vitcxx/],
      ["TimeoutStopSec=40", "TimeoutStopSec=long", /TimeoutStopSec|Failed to parse/],
    ])("and %s → %s is none", async (right, wrong, complaint) => {
      expect(await complaints((unit) => unit.replace(right, wrong))).toMatch(complaint);
    });
  },
);
