import { createHmac } from "node:crypto";

import { eventually } from "@thor/kit/testing/eventually";
import { expect, it } from "vitest";

import { isOutcome, runsOf, startStack, type Stack } from "../stack/stack.ts";

const WAIT_MS = 60_000;
const answerTo = (stack: Stack, ts: string, word: string) =>
  eventually(
    `an answer with ${word}`,
    async () => (await stack.thread(ts)).find((message) => isOutcome(message) && message.text.includes(word)),
    WAIT_MS,
  );

it("answers a mention with work in a real repository, and a follow-up in the same session", async () => {
  const stack = await startStack();
  const ts = await stack.say("@thor please fix the greeting");
  const answer = await answerTo(stack, ts, "thor/greeting-");
  const branch = /thor\/greeting-[0-9a-f]+/.exec(answer.text)?.[0] ?? "";
  const { owner, repo } = stack.facts().github;
  expect(JSON.stringify(await stack.sim(`/_sim/github/commits/${owner}/${repo}/${branch}`))).toContain(
    "Greet with Hello",
  );
  const [first] = await eventually("the run's end", async () => {
    const runs = await runsOf(stack, ts);
    return runs[0]?.status === "completed" ? runs : undefined;
  });
  const control = await eventually("the control message's last text", async () => {
    const messages = (await stack.thread(ts)).filter(({ metadata }) => metadata?.event_type === "thor_control");
    return messages.every(({ text }) => text.startsWith("✅ Done")) ? messages : undefined;
  });
  expect(control).toHaveLength(1);

  await stack.say("which file did you change?", ts);
  await answerTo(stack, ts, "which file did you change");
  const second = await eventually("the second run's end", async () => {
    const runs = await runsOf(stack, ts);
    return runs[1]?.status === "completed" ? runs[1] : undefined;
  });
  expect(second.sessionId).toBe(first?.sessionId);
  expect(await stack.sim("/_sim/violations")).toEqual([]);
  expect(await stack.sim("/_sim/invariants")).toEqual({ broken: [] });
});

it("lets a plain follow-up wait for the running turn and start within a second of its end, and a mention interrupt it", async () => {
  const stack = await startStack();
  const ts = await stack.say("@thor take your time for 12 s");
  await eventually("the run goes on", async () => (await runsOf(stack, ts))[0]?.promptSentAt, WAIT_MS);
  await stack.say("just say plain-follow-up", ts);
  await answerTo(stack, ts, "plain-follow-up");
  const [long, plain] = await runsOf(stack, ts);
  expect(long?.status).toBe("completed");
  expect((plain?.startedAt ?? 0) - (long?.endedAt ?? 0)).toBeLessThan(1000);

  await stack.say("@thor take your time for 60 s", ts);
  await eventually("the third run goes on", async () => (await runsOf(stack, ts))[2]?.promptSentAt, WAIT_MS);
  await stack.say("@thor just say interrupting", ts);
  await answerTo(stack, ts, "interrupting");
  const [, , stopped, interrupting] = await runsOf(stack, ts);
  expect([stopped?.status, stopped?.reason]).toEqual(["aborted", "user_interrupt"]);
  expect(interrupting?.sessionId).toBe(long?.sessionId);
});

it("starts one run for a delivery that comes three times, at once, later and after the gateway was killed", async () => {
  const stack = await startStack();
  const { slack, secrets, urls } = stack.facts();
  const ts = `${Math.floor(Date.now() / 1000)}.000777`;
  const event = {
    type: "app_mention",
    user: slack.user,
    text: `<@${slack.botUserId}> just say once`,
    ts,
    channel: slack.channel,
  };
  const body = JSON.stringify({ type: "event_callback", event_id: "EvTHRICE", team_id: slack.teamId, event });
  const send = async () => {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const proof = createHmac("sha256", secrets["slackSigning"] ?? "")
      .update(`v0:${timestamp}:${body}`)
      .digest("hex");
    const headers = {
      "content-type": "application/json",
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": `v0=${proof}`,
    };
    return fetch(`${urls["gateway"] ?? ""}/slack/events`, { method: "POST", headers, body });
  };
  const answers = await Promise.all([send(), send(), send()]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  await eventually("the run's end", async () => (await runsOf(stack, ts))[0]?.endedAt, WAIT_MS);
  stack.kill("gateway");
  await eventually(
    "the gateway is back",
    async () => (await send().catch(() => undefined))?.status === 200 || undefined,
    WAIT_MS,
  );
  expect(await runsOf(stack, ts)).toHaveLength(1);
});
