import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { groupBy } from "../../lib/evaluation/report/group-by.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The algorithm's folders, which run in a browser as they are: no package, or zod alone. */
const METHOD = ["masks", "causal-impact-score", "pixel-coverage-bias", "saliency-map", "tensor", "classifier"];
const PURE = [...METHOD, "options", "methods", "metrics"];

/** Of each folder of lib/ those that it may import; errors.ts is everyone's. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  tensor: [],
  classifier: ["tensor"],
  "saliency-map": ["tensor"],
  masks: ["tensor", "classifier"],
  "causal-impact-score": ["tensor", "classifier"],
  "pixel-coverage-bias": ["tensor", "classifier"],
  options: [],
  steps: [],
  methods: [...METHOD, "options", "steps"],
  metrics: [...METHOD, "options", "steps"],
  client: [],
  onnx: [],
  image: ["tensor"],
  vit: ["onnx", "classifier", "tensor"],
  "vit/catalog": ["onnx", "classifier", "tensor", "vit", "image", "methods", "causal-impact-score", "filesystem"],
  filesystem: [],
  storage: ["filesystem"],
  queue: ["filesystem"],
  // Of storage, queue and vit a part: see below. The same holds for evaluation and storage.
  explanation: [
    "methods",
    "metrics",
    "options",
    "image",
    "saliency-map",
    "tensor",
    "classifier",
    "steps",
    "storage",
    "queue",
    "vit",
  ],
  evaluation: [
    "explanation",
    "methods",
    "metrics",
    "options",
    "image",
    "vit",
    "onnx",
    "saliency-map",
    "tensor",
    "classifier",
    "steps",
    "client",
    "storage",
  ],
};

/** The one file that imports a package. */
const ADAPTERS: Readonly<Record<string, string>> = {
  "@aws-sdk/client-ecs": "lib/queue/ecs-service.ts",
  "@aws-sdk/client-s3": "lib/storage/s3.ts",
  "@aws-sdk/s3-request-presigner": "lib/storage/s3.ts",
  "@aws-sdk/client-sqs": "lib/queue/sqs.ts",
  "@huggingface/hub": "lib/vit/catalog/hugging-face-hub.ts",
  "cli-progress": "cli/progress-bar.ts",
  "d3-scale-chromatic": "lib/saliency-map/colours.ts",
  "csv-parse/sync": "lib/evaluation/dataset/labels.ts",
  "fast-xml-parser": "lib/evaluation/dataset/pascal-voc.ts",
  "fs-native-extensions": "lib/storage/file-lock.ts",
  "onnxruntime-node": "lib/vit/runtime/session.ts",
  "safe-stable-stringify": "lib/explanation/request/canonical-json.ts",
  sharp: "lib/image/sharp.ts",
};

const IMPORTS = "eslint(no-restricted-imports)";
const GLOBALS = "eslint(no-restricted-globals)";
const PROPERTIES = "eslint(no-restricted-properties)";
const RESTRICTIONS = [IMPORTS, GLOBALS, PROPERTIES];

interface Case {
  readonly file: string;
  readonly source: string;
  /** The rule that refuses it; undefined where it is allowed. */
  readonly rule: string | undefined;
}

const folders = Object.keys(MAY_IMPORT).filter((folder) => !folder.includes("/"));
const cases: Record<string, readonly Case[]> = {
  "a folder imports those below it": Object.entries(MAY_IMPORT).flatMap(([folder, allowed]) =>
    folders
      .filter((other) => other !== folder.split("/")[0])
      .flatMap((other) => {
        const rule = allowed.includes(other) ? undefined : IMPORTS;
        const inside = { storage: "object-store.ts", queue: "job-queue.ts", vit: "catalog/manifest.ts" }[other] ?? "x.ts";
        // In the folder itself and in folders of its own, two deep; types as well as values.
        return ["", "one/", "one/two/"].map((own) => {
          const up = "../".repeat(`${folder}/${own}`.split("/").length - 1);
          return {
            file: `lib/${folder}/${own}to-${other}.ts`,
            source: `import type { X } from "${up}${other}/${inside}";`,
            rule,
          };
        });
      }),
  ),
  "a folder imports nothing above lib": folders.flatMap((folder) =>
    ["cli", "functions", "infra", "schema", "test", "web"].map((top) => {
      return { file: `lib/${folder}/to-${top}.ts`, source: `import { x } from "../../${top}/x.ts";`, rule: IMPORTS };
    }),
  ),
  "lib/explanation and lib/evaluation import ports and the catalog, no adapter and no runtime": [
    ["lib/explanation/run/store.ts", 'import { x } from "../../storage/s3.ts";'],
    ["lib/explanation/run/queue.ts", 'import type { X } from "../../queue/sqs.ts";'],
    ["lib/evaluation/store.ts", 'import { x } from "../storage/s3.ts";'],
    ["lib/explanation/run/session.ts", 'import { x } from "../../vit/runtime/session.ts";'],
    ["schema/session.ts", 'import { x } from "../lib/vit/runtime/session.ts";'],
    ["schema/store.ts", 'import { x } from "../lib/storage/s3.ts";'],
    ["web/catalog.ts", 'import type { X } from "../lib/vit/catalog/manifest.ts";'],
    ["web/ask/service.ts", 'import type { X } from "../../functions/http/yoga.ts";'],
    ["functions/test.ts", 'import { x } from "../test/x.ts";'],
  ].map(([file, source]) => ({ file: file!, source: source!, rule: IMPORTS })),
  "an algorithm folder imports nothing of Node's, by whichever name, and no package": PURE.flatMap((folder) => [
    ...["node:fs", "node:fs/promises", "fs", "crypto", "buffer", "fs/promises", "sharp", "@aws-sdk/client-s3", "p-limit"].map(
      (name) => {
        return {
          file: `lib/${folder}/deep/to-${name.replaceAll("/", "-")}.ts`,
          source: `import { x } from "${name}";`,
          rule: IMPORTS,
        };
      },
    ),
    { file: `lib/${folder}/type.ts`, source: 'import type { X } from "sharp";', rule: IMPORTS },
    { file: `lib/${folder}/dynamic.ts`, source: 'export const x = await import("sharp");', rule: IMPORTS },
    { file: `lib/${folder}/export.ts`, source: 'export * from "node:os";', rule: IMPORTS },
    {
      file: `lib/${folder}/inline.ts`,
      source: 'export type X = import("sharp").Sharp;',
      rule: "typescript(consistent-type-imports)",
    },
    {
      file: `lib/${folder}/zod.ts`,
      source: 'import { z } from "zod";',
      rule: ["options", "methods", "metrics"].includes(folder) ? undefined : IMPORTS,
    },
  ]),
  "an algorithm folder has no clock, no chance, no file, no console": PURE.flatMap((folder) =>
    [
      ["new Date()", GLOBALS],
      ["Buffer.alloc(1)", GLOBALS],
      ["process.env", GLOBALS],
      ["crypto.randomUUID()", GLOBALS],
      ["performance.now()", GLOBALS],
      ["setTimeout(String)", GLOBALS],
      ['fetch("")', GLOBALS],
      ["globalThis.Date.now()", GLOBALS],
      ['globalThis["crypto"]', GLOBALS],
      ["global.Buffer", GLOBALS],
      ["self.crypto", GLOBALS],
      ["Math.random()", PROPERTIES],
      ['Math["random"]()', PROPERTIES],
      ["console.log(1)", "eslint(no-console)"],
    ].map(([expression, rule], i) => ({
      file: `lib/${folder}/deep/effect-${i}.ts`,
      source: `export const x = ${expression};`,
      rule,
    })),
  ),
  "a package is imported in one file": Object.entries(ADAPTERS).flatMap(([name, adapter]) => [
    { file: adapter, source: `import { x } from "${name}";`, rule: undefined },
    ...[
      "functions",
      "functions/http",
      "cli",
      "schema",
      "web",
      "lib/storage",
      "lib/queue",
      "lib/vit/graph",
      "lib/evaluation/dataset",
    ].map((folder) => ({
      file: `${folder}/other-${name.replaceAll("/", "-")}.ts`,
      source: `import { x } from "${name}";`,
      rule: IMPORTS,
    })),
  ]),
  "no imports go round, of types either": [
    {
      file: "lib/vit/round.ts",
      source: 'import type { Y } from "./about.ts"; export type X = Y;',
      rule: "import(no-cycle)",
    },
    {
      file: "lib/vit/about.ts",
      source: 'import type { X } from "./round.ts"; export type Y = X[];',
      rule: "import(no-cycle)",
    },
  ],
};

let folder: string;
let found: Map<string, readonly string[]>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitcx-rules-"));
  await copyFile(join(root, ".oxlintrc.json"), join(folder, ".oxlintrc.json"));
  const files = groupBy(Object.values(cases).flat(), ({ file }) => file);
  for (const [file, planted] of files) {
    await mkdir(join(folder, dirname(file)), { recursive: true });
    await writeFile(join(folder, file), planted.map(({ source }) => `${source}\n`).join(""));
  }
  found = await lint(folder);
});
afterAll(() => rm(folder, { recursive: true }));

test.each(Object.entries(cases))("%s", (_, planted) => {
  const wrong = planted.filter(({ file, rule }) => {
    const rules = found.get(file) ?? [];
    return rule === undefined ? RESTRICTIONS.some((each) => rules.includes(each)) : !rules.includes(rule);
  });
  expect(wrong).toEqual([]);
});

test("every folder of lib has its rule", async () => {
  const entries = await readdir(join(root, "lib"), { withFileTypes: true });
  expect(folders.toSorted()).toEqual(
    entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .toSorted(),
  );
});

/** The rules that oxlint sees broken in each file of a folder. */
function lint(cwd: string): Promise<Map<string, readonly string[]>> {
  const args = [join(root, "node_modules/oxlint/bin/oxlint"), "--format", "json", "."];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd, maxBuffer: 2 ** 28 }, (error, stdout) => {
      if (stdout === "") return reject(error);
      const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly { filename: string; code: string }[] };
      const rules = new Map<string, string[]>();
      for (const { filename, code } of diagnostics) rules.set(filename, [...(rules.get(filename) ?? []), code]);
      resolve(rules);
    });
  });
}
