import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { eventually } from "@thor/kit/testing/eventually";
import { expect, it } from "vitest";

import { openWorld, SECRET } from "./world.ts";

const TOKEN = "a token of the scraper";

it("counts calls, refusals, failures of proof, tokens and endings, under labels without a word of the call", async () => {
  const world = await openWorld({ THOR_METRICS_TOKEN: TOKEN });
  await world.settle();
  writeFileSync(join(world.worktree, "hush"), "hush");
  await world.git("log --author=whisper", world.worktree);
  await world.git("push origin HEAD:refs/heads/main", world.worktree);
  await world.git(["commit", "-m", "xoxb-test-token-of-the-world"], world.worktree);
  await world.git("fetch", world.worktree);
  await world.send("/exec/git", { args: ["status"], cwd: world.worktree });
  await world.exec("ses_other", "/exec/git", { args: ["status"], cwd: world.worktree });
  const named = { ...world.as(world.first.sessionId), "x-thor-call-id": "call_of_the_agent" };
  await world.send("/exec/git", { args: ["rev-parse", "HEAD"], cwd: world.worktree }, named);
  await world.send(
    "/exec/git",
    { args: ["rev-parse", "HEAD"], cwd: world.worktree },
    { ...named, "x-thor-call-id": "{}" },
  );
  const ids = world.lines.flatMap(({ event, callId, command }) =>
    event === "exec_started" && command === "rev-parse" ? [callId] : [],
  );
  expect(ids).toEqual(["call_of_the_agent", expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  const metrics = (headers: Record<string, string>) => fetch(`${world.base}/metrics`, { headers });
  expect((await metrics({})).status).toBe(401);
  expect((await metrics(world.as(world.first.sessionId))).status).toBe(401);
  expect((await metrics({ "x-thor-internal-secret": SECRET })).status).toBe(200);
  const text = await (await metrics({ authorization: `Bearer ${TOKEN}` })).text();
  for (const line of [
    'calls_total{tool="git",command="log",decision="allow",ended="exit"} 1',
    'calls_total{tool="git",command="push",decision="deny",ended="denied"} 1',
    'denied_total{tool="git",rule="branch.protected"} 1',
    'denied_total{tool="git",rule="outbound.secret"} 1',
    'auth_failures_total{reason="unauthorized"} 1',
    'auth_failures_total{reason="session_unbound"} 1',
    'token_mints_total{class="ok"}',
    'call_seconds_count{tool="git",command="log"} 1',
    "queue_wait_seconds_count",
    'output_bytes_total{tool="git"}',
    "# TYPE thor_remote_cli_inflight gauge",
    ...["killed_total", "capped_total", "broker_requests_total", "alias_conflicts_total", "audit_failures_total"].map(
      (name) => `${name} counter`,
    ),
  ])
    expect(text).toContain(`thor_remote_cli_${line}`.replace("thor_remote_cli_#", "#"));
  expect(text).not.toMatch(/whisper|hush|acme|feat/);
  const started = world.lines.filter(({ event }) => event === "exec_started");
  expect(started.some(({ argv }) => JSON.stringify(argv).includes("--author=whisper"))).toBe(true);
  expect(world.events()).toContain("outbound_secret_blocked");
  expect(JSON.stringify(world.lines)).not.toContain("xoxb-test-token");
});

it("names what was killed, for those who watch the log and for those who watch numbers", async () => {
  const world = await openWorld({ THOR_METRICS_TOKEN: TOKEN });
  await world.settle();
  const held = await world.ledger.acquireLease({ name: `worktree:${world.worktree}`, holder: "x", ttlMs: 60_000 });
  expect(held.kind).toBe("acquired");
  const waiting = world.git("add -A", world.worktree);
  await eventually(
    "the call is on its way",
    () => world.events().filter((event) => event === "exec_started").length > 2,
  );
  const scrape = async () =>
    (await fetch(`${world.base}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })).text();
  expect(await scrape()).toContain('thor_remote_cli_inflight{tool="git"} 1');
  await world.internal("/internal/cancel", { sessionId: world.first.sessionId });
  await waiting;
  expect(await scrape()).toContain('thor_remote_cli_killed_total{reason="cancelled"} 1');
  expect(world.events()).toContain("exec_cancelled");
});
