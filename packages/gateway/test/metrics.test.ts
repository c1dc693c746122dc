/** What operators see of deliveries and hand-overs: log lines under the names of the specification, and numbers. */
import { eventually } from "@thor/kit/testing/eventually";
import { expect, it } from "vitest";

import { issueComment, onPullRequest } from "./github-payloads.ts";
import { startGithubWorld, view } from "./github-world.ts";
import { SECRET } from "./world.ts";

const TOKEN = "a token of the scraper";

it("names and counts what became of deliveries, look-ups and hand-overs, without a word of anybody", async () => {
  const world = await startGithubWorld({ env: { THOR_METRICS_TOKEN: TOKEN, CRON_SECRET: SECRET } });
  const { botUserId } = world.facts;
  world.setRemote(({ args }, earlier) => {
    if (args[1] !== "view") return {};
    return earlier < 1 ? { stderr: "HTTP 502: Bad gateway", exitCode: 1 } : view();
  });
  world.setRunner((_trigger, call) =>
    call === 1
      ? { status: 503, body: {} }
      : { status: 200, body: { accepted: true, sessionId: "ses_1", resumed: false, triggerId: `t${call}` } },
  );
  const ts = await world.say(`<@${botUserId}> hush`);
  await world.prompts(2);
  await world.say("hush to nobody");
  await world.say("hush as a bot", { threadTs: ts, as: botUserId }).catch(() => undefined);
  await world.deliver(onPullRequest("@thor hush"), { event: "issue_comment" });
  await world.deliver(issueComment("hush"), { event: "issue_comment" });
  await world.prompts(3);
  const directory = `${world.workspace}/repos/demo`;
  const scheduled = await fetch(`${world.url}/cron`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${SECRET}` },
    body: JSON.stringify({ prompt: "hush", directory }),
  });
  expect(scheduled.status).toBe(200);
  await world.prompts(4);
  const events = () => new Set(world.lines.map(({ event }) => event));
  for (const name of [
    "gateway_started",
    "event_accepted",
    "event_ignored_mention_duplicate",
    "event_deferred_pending_privacy",
    "event_ignored_not_engaged",
    "github_event_accepted",
    "github_event_ignored",
    "github_branch_resolution_retryable",
    "github_events_rerouted",
    "cron_event_accepted",
    "corr_key_resolved",
    "slack_trigger_failed",
    "slack_trigger_fired",
    "github_trigger_fired",
    "cron_trigger_fired",
  ])
    await eventually(name, () => events().has(name));
  const metrics = (headers: Record<string, string>) => fetch(`${world.url}/metrics`, { headers });
  expect((await metrics({})).status).toBe(401);
  const text = await (await metrics({ authorization: `Bearer ${TOKEN}` })).text();
  for (const line of [
    'events_total{provider="slack",outcome="accepted",reason="received"} 1',
    'events_total{provider="slack",outcome="ignored",reason="not_engaged"} 1',
    'events_total{provider="github",outcome="ignored",reason="non_mention_comment"} 1',
    'duplicates_total{provider="slack",by="mention_duplicate"} 1',
    'gate_lookups_total{result="class"}',
    'lookups_total{kind="head",result="failed"} 1',
    'admission_seconds_count{provider="cron"} 1',
    'retries_total{source="slack"} 1',
    'dispatch_total{result="accepted"} 3',
    'requests_total{route="/slack/events",status="200"}',
    'gate_cache_entries{provider="slack"} 1',
    'socket_connected{provider="slack"} 0',
    'outbox_sends_total{kind="slack.reaction",result="sent"}',
  ])
    expect(text).toContain(`thor_gateway_${line}`);
  expect(text).not.toContain("hush");
  expect(JSON.stringify(world.lines)).not.toContain("hush");
});
