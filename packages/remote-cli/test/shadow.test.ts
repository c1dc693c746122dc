/** Programs of ours stand in for every tool: they write down what they were started with, or misbehave. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";

import { ExecLine } from "@thor/domain/exec";
import { eventually } from "@thor/kit/testing/eventually";
import { tempDir } from "@thor/kit/testing/temp-dir";
import { expect, it } from "vitest";

import { plainGit } from "./git-host.ts";
import { openWorld, SECRET } from "./world.ts";

const VERSIONS: Readonly<Record<string, string>> = { git: "git version 2.45.0", gh: "gh version 2.60.0" };
const SECRETS = {
  LD_ACCESS_TOKEN: "held-by-launchdarkly",
  SCOUT_API_KEY: "held-by-scoutqa-here",
  AWS_SECRET_ACCESS_KEY: "held-by-aws-in-test",
  AWS_ACCESS_KEY_ID: "AKIATESTTESTTEST",
  METABASE_API_KEY: "held-by-metabase-key",
  ATLASSIAN_AUTH: "Basic held-by-atlassian",
  PSQL_DATABASES: JSON.stringify({
    db: { host: "db.example", database: "d", username: "reader", password: "held-by-postgres" },
  }),
};
const BASE = ["HOME", "LANG", "NO_COLOR", "PATH", "TERM", "TMPDIR", "TZ"];
/** What an interpreter of scripts sets itself. */
const SHELLS_OWN = new Set(["PWD", "OLDPWD", "SHLVL", "_"]);

/** A world whose tools are scripts; `behave` is what they do besides telling their version. */
async function open(behave: (tool: string) => string) {
  const tools = tempDir();
  for (const tool of ["git", "gh", "aws", "psql", "ldcli", "scoutqa"]) {
    const version = `[ "$1" = --version ] && { echo "${VERSIONS[tool] ?? ""}"; exit 0; }`;
    writeFileSync(join(tools, tool), `#!/bin/sh\n${version}\n${behave(tool)}\n`, { mode: 0o755 });
  }
  const world = await openWorld({ ...SECRETS, PATH: `${tools}:/usr/bin:/bin` });
  plainGit(world.directory, "clone", "--quiet", world.github.bare, world.main);
  plainGit(world.main, "config", "remote.origin.url", world.url);
  const run = (tool: string, args: string, more: Record<string, unknown> = {}) =>
    world.exec(world.first.sessionId, `/exec/${tool}`, { args: args.split(" "), ...more });
  const cwd = { cwd: world.main };
  const calls = {
    git: () => run("git", "log", cwd),
    gh: () => run("gh", "pr list", cwd),
    aws: () => run("aws", "s3 ls", cwd),
    psql: () => run("psql", "db -l", cwd),
    ldcli: () => run("ldcli", "projects list"),
    scoutqa: async () => {
      const body = { args: ["list-executions"] };
      const { status, type, text } = await world.send("/exec/scoutqa", body, world.as(world.first.sessionId));
      const last = ExecLine.parse(JSON.parse(text.trim().split("\n").at(-1) ?? ""));
      return { status, type, exitCode: last.type === "exit" ? last.exitCode : undefined };
    },
  };
  return { world, run, calls };
}

it("gives each tool its own credential and nothing else, in an empty private folder that is gone afterwards", async () => {
  const dumps = tempDir();
  const { world, calls, run } = await open((tool) => `export -p > ${dumps}/${tool}; pwd > ${dumps}/${tool}.cwd`);
  mkdirSync(join(world.workspace, "config", "x"), { recursive: true });
  for (const call of Object.values(calls)) expect(await call()).toMatchObject({ status: 200, exitCode: 0 });
  expect(await calls.scoutqa()).toMatchObject({ type: "application/x-ndjson" });
  const variablesOf = (tool: string) =>
    Object.fromEntries(
      readFileSync(join(dumps, tool), "utf8")
        .split("\n")
        .flatMap((line) => {
          const [, name = "", value = ""] = /^export (\w+)(?:=['"](.*)['"])?$/.exec(line) ?? [];
          return name === "" || SHELLS_OWN.has(name) ? [] : [[name, value] as const];
        }),
    );
  const own = (tool: string) =>
    Object.keys(variablesOf(tool))
      .filter((name) => !BASE.includes(name))
      .toSorted();
  expect(own("gh")).toEqual([
    "GH_CONFIG_DIR",
    "GH_HOST",
    "GH_NO_UPDATE_NOTIFIER",
    "GH_PAGER",
    "GH_PROMPT_DISABLED",
    "GH_REPO",
    "GH_TOKEN",
  ]);
  expect(variablesOf("gh")).toMatchObject({ PATH: "/nonexistent", GH_TOKEN: "thor-broker", GH_REPO: "acme/r" });
  expect(own("git").every((name) => name.startsWith("GIT_"))).toBe(true);
  expect(own("psql")).toEqual(
    "PGDATABASE PGHOST PGOPTIONS PGPASSFILE PGPASSWORD PGPORT PGSERVICEFILE PGSSLMODE PGUSER SHELL".split(" "),
  );
  expect(own("aws")).toEqual(
    "AWS_ACCESS_KEY_ID AWS_CONFIG_FILE AWS_PAGER AWS_SECRET_ACCESS_KEY AWS_SHARED_CREDENTIALS_FILE".split(" "),
  );
  expect([own("ldcli"), own("scoutqa")]).toEqual([["LD_ACCESS_TOKEN"], ["SCOUT_API_KEY"]]);
  const owners: Readonly<Record<string, string>> = {
    "held-by-launchdarkly": "ldcli",
    "held-by-scoutqa-here": "scoutqa",
    "held-by-aws-in-test": "aws",
    "held-by-postgres": "psql",
  };
  const never = [
    SECRET,
    "xoxb-test-token-of-the-world",
    "app.pem",
    "held-by-metabase-key",
    "held-by-atlassian",
    "ghs_",
  ];
  for (const tool of Object.keys(calls)) {
    const dump = readFileSync(join(dumps, tool), "utf8");
    for (const [secret, owner] of Object.entries(owners))
      expect([tool, dump.includes(secret)]).toEqual([tool, tool === owner]);
    for (const secret of never) expect([tool, secret, dump.includes(secret)]).toEqual([tool, secret, false]);
    const cwd = readFileSync(join(dumps, `${tool}.cwd`), "utf8").trim();
    expect(tool === "git" ? cwd : existsSync(cwd)).toBe(tool === "git" ? world.main : false);
  }
  expect(readdirSync(join(world.directory, "calls"))).toEqual([]);
  for (const name of readdirSync(dumps)) rmSync(join(dumps, name));
  for (const tool of [...Object.keys(calls), "metabase", "approval", "slack-post-message"])
    for (const words of ["--help", "-h"]) {
      const help = await run(tool, words, { stdin: "" });
      expect(`${tool} ${words} ${help.exitCode} ${help.stdout.length > 20}`).toBe(`${tool} ${words} 0 true`);
    }
  expect(readdirSync(dumps)).toEqual([]);
});

it("answers a bad sub-command of a streaming tool, and a malformed call of any, with a plain exec result", async () => {
  const { world } = await open(() => "exit 0");
  const me = { ...world.as(world.first.sessionId), accept: "application/x-ndjson" };
  for (const [path, body] of [
    ["/exec/scoutqa", { args: ["explode"] }],
    ["/exec/scoutqa", { args: ["create-execution", "--url", "file:///etc/passwd", "--prompt", "p"] }],
    ["/exec/mcp", { args: "x" }],
    ["/exec/aws", { args: [], more: 1 }],
    ["/exec/git", { args: ["log", "a\0b"], cwd: world.main }],
    ["/exec/git", { args: ["log", `--grep=${"x".repeat(200 * 1024)}`], cwd: world.main }],
    ["/exec/git", { args: ["commit", "-m", "-n\n--amend", "--amend"], cwd: world.main }],
  ] as const) {
    const { status, type } = await world.send(path, body, me);
    expect(`${path} ${status} ${type.startsWith("application/json")}`).toBe(`${path} 400 true`);
  }
});

it("tells how a tool died, and lets none outlive its caller or its cap", async () => {
  const pidFile = join(tempDir(), "pid");
  const behaviours: Readonly<Record<string, string>> = {
    git: "kill -SEGV $$",
    aws: `echo $$ > ${pidFile}; exec yes`,
    psql: `echo $$ > ${pidFile}; trap '' TERM; sleep 600 & wait; sleep 600`,
  };
  const { world, calls } = await open((tool) => behaviours[tool] ?? "exit 0");
  const isAlive = () => {
    try {
      return !readFileSync(`/proc/${readFileSync(pidFile, "utf8").trim()}/stat`, "utf8").includes(") Z ");
    } catch {
      return false;
    }
  };
  expect(await calls.git()).toMatchObject({ status: 200, exitCode: 139 });
  const capped = await calls.aws();
  expect(capped).toMatchObject({
    status: 200,
    exitCode: 141,
    stderr: "[thor] stopped: output over 5 MiB; narrow the command\n",
  });
  expect(capped.stdout).toHaveLength(5 * 1024 * 1024);
  expect(isAlive()).toBe(false);
  rmSync(pidFile);
  const headers = { "content-type": "application/json", ...world.as(world.first.sessionId) };
  const leaver = httpRequest(`${world.base}/exec/psql`, { method: "POST", headers });
  leaver.on("error", () => undefined);
  leaver.end(JSON.stringify({ args: ["db", "-l"] }));
  await eventually("the tool is running", () => existsSync(pidFile) && isAlive());
  leaver.destroy();
  await eventually("the tool and its children are gone", () => !isAlive());
  await eventually("its end is on record", () => world.events().includes("exec_cancelled"));
});
