/** Each thing that can be wrong is found, said with what to do, and told by the exit code. */
import { chmodSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

import { tempDir } from "@thor/kit/testing/temp-dir";
import { openLedger } from "@thor/ledger/open";
import { forgeAudit, takeEventsAway } from "@thor/ledger/testing/faults";
import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";

import { doctorCommand } from "../src/doctor-command.ts";
import { exitCodeOf } from "../src/doctor/finding.ts";
import { runChecks } from "../src/doctor/run-checks.ts";
import { layoutOf, makeLayout } from "../src/start/layout.ts";
import { openSecrets } from "../src/start/secrets.ts";

const Report = z.object({
  ok: z.boolean(),
  checks: z.array(
    z.object({ group: z.string(), name: z.string(), result: z.string(), says: z.string(), fix: z.string().optional() }),
  ),
});

/** A data directory as a start leaves it, with an audit row. */
async function openPatient() {
  const layout = layoutOf(tempDir());
  makeLayout(layout);
  const { THOR_INTERNAL_SECRET: secret } = openSecrets(layout.secretsFile);
  writeFileSync(layout.configFile, JSON.stringify({ owners: { acme: { github_app_installation_id: 1 } } }));
  const open = async () => {
    const opened = await openLedger({ url: `sqlite:${layout.database}`, service: "t", instance: "t", secret });
    if (opened.kind !== "opened") throw new Error(opened.kind);
    return opened.ledger;
  };
  const ledger = await open();
  await ledger.appendAudit({
    service: "t",
    event: "tested",
    actorKind: "system",
    actor: "t",
    target: "x",
    decision: "done",
  });
  await ledger.close();
  const examine = async (...args: string[]) => {
    const said: string[] = [];
    const speaker = { out: (line: string) => void said.push(line), err: (line: string) => void said.push(line) };
    const code = await doctorCommand(args, { THOR_DATA_DIR: layout.data }, speaker);
    return { code, said };
  };
  const resultOf = async (group: string, name: string) => {
    const { code, said } = await examine("--json", "--only", group);
    const report = Report.parse(JSON.parse(said.at(-1) ?? ""));
    return { code, ...report.checks.find((check) => check.name === name) };
  };
  return { layout, open, examine, resultOf, secret };
}

it("finds nothing in a directory that is well but what is not there yet, and keeps that for Admin", async () => {
  const { examine, open, layout } = await openPatient();
  const { said } = await examine();
  expect(said.join("\n")).not.toContain("FAILING");
  expect(said.join("\n")).toContain("skipped  services: gateway — nothing runs; npx pnpm start starts it");
  expect(await examine("--only", "files")).toMatchObject({ code: 0 });
  const ledger = await open();
  expect(await ledger.lastDoctor()).toMatchObject({ by: "doctor", ok: 1 });
  await ledger.close();
  expect(JSON.stringify(said)).not.toContain(openSecrets(layout.secretsFile).THOR_INTERNAL_SECRET);
});

it("finds secrets that others may read, and mends them", async () => {
  const { layout, examine, resultOf } = await openPatient();
  chmodSync(layout.secretsFile, 0o644);
  expect(await resultOf("files", "secrets")).toMatchObject({
    code: 1,
    result: "failing",
    says: "others may read secrets.env",
  });
  expect((await examine("--only", "files", "--fix")).said[0]).toContain("secrets.env");
  expect(statSync(layout.secretsFile).mode & 0o777).toBe(0o600);
  expect(await resultOf("files", "secrets")).toMatchObject({ result: "ok" });
});

it("finds a faulty thor.json, a crontab line nobody can read, and a clone of strangers", async () => {
  const { layout, resultOf } = await openPatient();
  mkdirSync(join(layout.repos, "r/.git"), { recursive: true });
  writeFileSync(join(layout.repos, "r/.git/config"), '[remote "origin"]\n\turl = https://github.com/evil/r.git\n');
  expect(await resultOf("files", "repositories")).toMatchObject({
    code: 2,
    result: "warning",
    says: "no owner of thor.json: r (evil)",
  });
  writeFileSync(
    join(layout.workspace, "cron/crontab.status"),
    "line 3, column 2: no such minute (bad_minute)\n    * 99\n",
  );
  expect(await resultOf("files", "crontab")).toMatchObject({
    code: 1,
    says: "line 3, column 2: no such minute (bad_minute)",
  });
  writeFileSync(layout.configFile, '{"users": [{"slak": "U1"}]}');
  const { says, fix } = await resultOf("files", "thor.json");
  expect([says, fix]).toEqual([
    expect.stringContaining('Did you mean "slack"?'),
    expect.stringContaining("thor config check"),
  ]);
  rmSync(layout.configFile);
  mkdirSync(layout.configFile);
  expect(await resultOf("files", "thor.json")).toMatchObject({ result: "failing", says: "thor.json is not a file" });
});

it("finds a forged audit row, a ledger that cannot be read, and a missing backup", async () => {
  const { layout, resultOf } = await openPatient();
  expect(await resultOf("ledger", "upkeep")).toMatchObject({
    code: 2,
    says: "there is no backup",
    fix: "npx pnpm thor ledger backup",
  });
  expect(await resultOf("ledger", "audit")).toMatchObject({ result: "ok" });
  forgeAudit(layout.database);
  expect(await resultOf("ledger", "audit")).toMatchObject({ code: 1, says: expect.stringContaining("broken at") });
  takeEventsAway(layout.database);
  expect(await resultOf("ledger", "integrity")).toMatchObject({ code: 1, result: "failing" });
});

it("finds a service that is gone, and one that works in part", async () => {
  const { layout, resultOf, secret } = await openPatient();
  const server = createServer((request, response) => {
    const knows = request.headers["x-thor-internal-secret"] === secret;
    response.setHeader("content-type", "application/json").end(JSON.stringify({ status: knows ? "degraded" : "ok" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const here = `http://127.0.0.1:${typeof address === "object" ? (address?.port ?? 0) : 0}`;
  const gone = "http://127.0.0.1:9";
  const [internal, other] = [secret, "x"];
  writeFileSync(
    layout.runFile,
    JSON.stringify({
      version: 1,
      pid: 1,
      dataDir: layout.data,
      urls: {
        gateway: here,
        runner: gone,
        remoteCli: gone,
        admin: gone,
        scheduler: gone,
        opencode: gone,
        frontDoor: gone,
        sim: gone,
      },
      secrets: {
        internal,
        slackSigning: other,
        slackBotToken: other,
        githubWebhook: other,
        cron: other,
        opencodePassword: other,
      },
      slack: { teamId: "T", botUserId: "U", channel: "C", user: "U" },
      github: { owner: "acme", repo: "r", appSlug: "thor", botId: 1, installationId: 1 },
      children: {},
    }),
    { mode: 0o600 },
  );
  expect(await resultOf("services", "gateway")).toMatchObject({ result: "warning", says: "works in part" });
  expect(await resultOf("services", "runner")).toMatchObject({ code: 1, says: "does not answer (unreachable)" });
});

it("survives a check that breaks, and says what a wrong group is", async () => {
  const broken = { group: "machine", name: "broken", look: () => Promise.reject(new Error("boom")) } as const;
  const checked = await runChecks([broken]);
  expect(checked).toMatchObject([{ finding: { kind: "failing", says: "boom" } }]);
  expect(exitCodeOf(checked)).toBe(1);
  const { examine } = await openPatient();
  expect(await examine("--only", "stars")).toMatchObject({
    code: 1,
    said: [expect.stringContaining("no group stars")],
  });
});
