/** A whole minute in which nobody can read thor.json and the runner is away, at the settings Thor ships with. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { eventually } from "@thor/kit/testing/eventually";
import { expect, it } from "vitest";

import { ledgerOf, startWorld, type World } from "./world.ts";

const PRIVATE = "C0PRIVOPS1";
const MINUTE_MS = 60_000;
const mention = (world: World, text: string) => `<@${world.facts.botUserId}> ${text}`;
const taken = { accepted: true, sessionId: "ses_1", resumed: false, triggerId: "t1" };
const until = (at: number) => new Promise((resolve) => setTimeout(resolve, at - Date.now()));
const heardOf = (world: World, words: string) => world.heard.filter(({ prompt }) => prompt.includes(words));

it("keeps listed channels until the minute is over, public ones always, and runs once what waited for the runner or got no answer", async () => {
  const world = await startWorld({
    config: { profiles: { OPS: { channels: [PRIVATE] } } },
    env: { THOR_RETRY_BASE_MS: "2000", THOR_RETRY_CAP_MS: "15000", THOR_DELAY_NOTICE_MS: "20000" },
  });
  const ledger = await ledgerOf(world);
  const startedAt = Date.now();
  const askedAt: number[] = [];
  world.setRunner(({ prompt }) => {
    if (prompt.includes("no answer")) askedAt.push(Date.now());
    if (askedAt.length === 1 && prompt.includes("no answer")) return new Promise(() => undefined);
    return prompt.includes("waits a minute") && Date.now() < startedAt + MINUTE_MS
      ? undefined
      : { status: 200, body: { ...taken } };
  });
  writeFileSync(join(world.workspace, "config/thor.json"), '{ "profiles": ');
  const ts = await world.say(mention(world, "waits a minute"));
  await world.say(mention(world, "gets no answer"));
  await world.say(mention(world, "within the minute"), { channel: PRIVATE });
  await eventually("the listed channel still works", () => heardOf(world, "within the minute")[0]);
  await eventually("the human hears of the delay", async () =>
    (await world.thread(ts)).find(({ text }) => text.includes("Still trying")),
  );

  await until(startedAt + MINUTE_MS + 6000);
  const late = await world.say(mention(world, "after the minute"), { channel: PRIVATE });
  await world.say(mention(world, "in the open"));
  await eventually("the public channel works", () => heardOf(world, "in the open")[0]);
  await eventually("the listed channel is gated", async () =>
    (await world.thread(late, PRIVATE))[0]?.reactions?.find(({ name }) => name === "lock"),
  );
  expect(heardOf(world, "after the minute")).toEqual([]);
  await eventually("what waited has run", async () => {
    const { rows } = await ledger.listEvents({ state: "done", limit: 5 });
    return rows.length === 4;
  });
  // A runner that says nothing is given up after 45 s; no run had begun, so it is asked once more.
  const [first = 0, second = 0, ...more] = askedAt;
  expect(more).toEqual([]);
  expect(second - first).toBeGreaterThan(45_000);
  expect(second - first).toBeLessThan(60_000);
  // Two seconds doubled to fifteen, each pause at least half of that: no more than thirteen attempts fit into a minute.
  expect(heardOf(world, "waits a minute").length).toBeLessThanOrEqual(14);
  await eventually("the notice is gone", async () =>
    (await world.thread(ts)).every(({ text }) => !text.includes("Still trying")),
  );
}, 200_000);
