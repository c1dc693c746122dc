/** Many at once, against the real OpenCode: turns one after the other in a thread, side by side across threads. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";

import { openRealStage, TURN_MS, type RealStage } from "./real-stage.ts";
import { SECRET } from "./stage.ts";

const LEADS = 3;
let world: RealStage;
beforeAll(async () => {
  world = await openRealStage({ env: { THOR_MAX_RUNNING_TURNS: String(LEADS) } });
}, 60_000);
afterAll(() => world.close());

const Answer = z.looseObject({
  triggerId: z.string().optional(),
  sessionId: z.string().optional(),
  busy: z.boolean().optional(),
});
const direct = (body: object) =>
  fetch(`${world.runner().url}/trigger`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-thor-internal-secret": SECRET },
    body: JSON.stringify({ directory: `${world.stage.repos}/demo`, ...body }),
  });

it("eight calls of one thread at once: every one is answered, one session, no text twice", async () => {
  const { key } = await world.stage.conversation();
  const asked = await Promise.all(
    Array.from({ length: 8 }, async (_, at) => {
      const answer = await direct({ prompt: `just say part-${at}-of-eight`, correlationKey: key });
      expect(answer.status).toBe(200);
      return Answer.parse(await answer.json());
    }),
  );
  expect(asked.every(({ triggerId, busy }) => triggerId !== undefined || busy === true)).toBe(true);
  const taken = asked.flatMap(({ triggerId }) => (triggerId === undefined ? [] : [triggerId]));
  const runs = await Promise.all(taken.map((id) => world.stage.ended(id, TURN_MS)));
  const sessions = new Set(runs.map(({ sessionId }) => sessionId));
  expect(sessions.size).toBe(1);
  const spans = runs.map(({ startedAt, endedAt = 0 }) => [startedAt, endedAt] as const).toSorted(([a], [b]) => a - b);
  expect(spans.every(([, ended], at) => ended <= (spans[at + 1]?.[0] ?? Number.POSITIVE_INFINITY))).toBe(true);
  const stored = await world.opencode.stored([...sessions][0]);
  for (let at = 0; at < 8; at += 1)
    expect(stored.split(`just say part-${at}-of-eight`).length - 1).toBeLessThanOrEqual(1);
});

it("a direct call streams its progress, and its last line is the agent's answer and nothing else", async () => {
  await world.scenarios(
    "scenario: s\nwhen: [{ user: stream-me }]\nturns: [{ say: first I look, call: [{ bash: echo looked }] }, { say: then I answer }]",
  );
  const answer = await direct({ prompt: "stream-me", stream: true, correlationKey: "cron:real-stream" });
  const lines = (await answer.text()).trim().split("\n");
  const Line = z.looseObject({ type: z.string(), status: z.string().optional(), response: z.string().optional() });
  const parsed = lines.map((line) => Line.parse(JSON.parse(line)));
  expect(parsed.some(({ type }) => type === "progress")).toBe(true);
  const last = parsed.at(-1);
  expect([last?.type, last?.status]).toEqual(["done", "completed"]);
  expect(last?.response).toBe("first I look\n\nthen I answer");
});

it("more conversations than there is room for: so many work, the others are told how many are ahead, all end", async () => {
  await world.scenarios(
    "scenario: busy\nwhen: [{ user: some-work }]\nturns: [{ call: [{ bash: sleep 4 }] }, { say: done }]",
  );
  const conversations = await Promise.all(Array.from({ length: 9 }, () => world.stage.conversation()));
  const asked = [];
  for (const conversation of conversations) asked.push(await world.ask(conversation, "some-work"));
  const waiting = conversations.at(-1);
  if (waiting === undefined) throw new Error("no conversation");
  await world.control(waiting, "ahead");
  const runs = await Promise.all(asked.map(({ body }) => world.stage.ended(body.triggerId, 2 * TURN_MS)));
  expect(runs.map(({ status }) => status)).toEqual(Array.from({ length: 9 }, () => "completed"));
  const edges = runs
    .flatMap(({ promptSentAt = 0, endedAt = 0 }) => [[promptSentAt, 1] as const, [endedAt, -1] as const])
    .toSorted(([a, up], [b, down]) => a - b || up - down);
  let now = 0;
  const most = Math.max(...edges.map(([, step]) => (now += step)));
  expect(most).toBeLessThanOrEqual(LEADS);
}, 180_000);
