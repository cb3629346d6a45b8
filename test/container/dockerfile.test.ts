import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { complaints, rules, stagesOf } from "./dockerfile.ts";

const dockerfile = readFileSync("functions/worker.Dockerfile", "utf8");

/** For each rule, a change of the worker's Dockerfile that breaks it. */
const mistakes: Record<string, readonly (readonly [right: string | RegExp, wrong: string])[]> = {
  "every base is a stage before it, or an image of a certain version": [
    ["node:24-bookworm-slim AS build", "node AS build"],
    ["node:24-bookworm-slim AS build", "node:latest AS build"],
    ["nodejs:24 AS lambda", "nodejs AS lambda"],
    ["ARG CUDA=13.0.3\n", ""],
    ["ARG CUDA=13.0.3", "ARG CUDA=latest"],
  ],
  "every stage has a name, and what is copied from is one before it": [
    [" AS modules-cuda", ""],
    ["--from=modules-cuda", "--from=modules-rocm"],
  ],
  "nothing is fetched by ADD": [["COPY lib lib", "ADD lib lib"]],
  "an image that is started runs as nobody in particular, by number": [
    ["USER 10001\n", ""],
    ["USER 10001", "USER 0"],
    ["USER 10001", "USER vitcx"],
    ['CMD ["node"', 'USER root\nCMD ["node"'],
  ],
  "an image that is started says whether it is healthy": [[/HEALTHCHECK.*\n/, ""]],
  "an image has one command, which gets its signals itself": [
    ['CMD ["node", "dist/worker.mjs"]', "CMD node dist/worker.mjs"],
    ['CMD ["dist/worker-lambda.handler"]', ""],
    ['CMD ["node", "dist/worker.mjs"]', 'ENTRYPOINT ["node"]\nCMD ["dist/worker.mjs"]'],
  ],
  "what apt brings is what was asked for, and leaves no lists behind": [
    ["RUN useradd", "RUN apt-get update && apt-get install -y --no-install-recommends libvips\nRUN useradd"],
    ["RUN useradd", "RUN apt-get update && apt-get install -y libvips && rm -rf /var/lib/apt/lists/*\nRUN useradd"],
    ["RUN useradd", "RUN apt-get update && \\\n  apt install libvips\nRUN useradd"],
  ],
  "a command is no pipe whose first part may fail unseen, changes no folder and no user": [
    ["RUN useradd", "RUN curl https://example.com/install.sh | sh\nRUN useradd"],
    ["RUN useradd", "RUN cd /opt && ls\nRUN useradd"],
    ["RUN useradd", "RUN sudo useradd"],
  ],
  "nothing secret is in it": [["ENV NODE_ENV=production", "ENV HF_TOKEN=1 NODE_ENV=production"]],
  "packages are installed before anything else is copied, so that a change of the code installs nothing": [
    ["RUN npm ci\n", "COPY lib lib\nRUN npm ci\n"],
  ],
};

describe("The server's Dockerfile", () => {
  const server = readFileSync("Dockerfile", "utf8");

  test("is one that Docker takes without a warning, and keeps the rules", () => {
    expect(stagesOf(server).map(({ name }) => name)).toEqual(["package", "modules", "server"]);
    expect(complaints(server)).toEqual([]);
    for (const [name, rule] of Object.entries(rules)) expect([name, rule(stagesOf(server))]).toEqual([name, []]);
  });

  test("has nothing copied into it that the build does not send", () => {
    const sent = readFileSync("Dockerfile.dockerignore", "utf8").split("\n");
    const copies = stagesOf(server).flatMap(({ instructions }) =>
      instructions.filter(({ name, from }) => name === "COPY" && !from),
    );
    for (const path of copies.flatMap(({ rest }) => rest.split(" ").slice(0, -1))) expect(sent).toContain(`!${path}`);
  });
});

describe("The worker's Dockerfile", () => {
  test("has the stages that it is deployed with", () => {
    expect(stagesOf(dockerfile).map(({ name }) => name)).toEqual(["build", "modules", "modules-cuda", "gpu", "lambda"]);
  });

  test("is one that Docker takes without a warning", () => {
    expect(complaints(dockerfile)).toEqual([]);
  });

  test.each([
    ["COPY lib lib", "copy lib lib", "Instructions should be written in uppercase letters"],
    ["COPY lib lib", "COPPY lib lib", "Unknown instruction: COPPY"],
    ["COPY lib lib", "MAINTAINER somebody", "MAINTAINER has been deprecated"],
    ["WORKDIR /vitcx", "WORKDIR vitcx", "WORKDIR paths should be absolute"],
    ["AS modules\n", "AS build\n", "duplicate name build"],
    ["--interval=30s", "--interval=30", "time: missing unit in duration 30"],
    ["--retries=3", "--retry=3", "Unknown flag: retry"],
  ])("and %s → %s is none", (right, wrong, complaint) => {
    const line = dockerfile.slice(0, dockerfile.indexOf(right)).split("\n").length;
    expect(complaints(dockerfile.replace(right, wrong))).toContainEqual(`line ${line}: ${complaint}`);
  });

  test.each(Object.entries(rules))("%s", (name, rule) => {
    expect(rule(stagesOf(dockerfile))).toEqual([]);
    expect(mistakes[name]?.length).toBeGreaterThan(0);
    for (const [right, wrong] of mistakes[name]!) {
      const broken = dockerfile.replace(right, wrong);
      expect(broken).not.toBe(dockerfile);
      expect([wrong, rule(stagesOf(broken)).length > 0]).toEqual([wrong, true]);
    }
  });
});
