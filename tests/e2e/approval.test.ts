/** A change that a person decides: from the agent's tool call over the card to the outcome in the thread. */
import { eventually } from "@thor/kit/testing/eventually";
import { expect, it } from "vitest";
import { z } from "zod";

import { startStack, type Stack } from "../stack/stack.ts";

const WAIT_MS = 60_000;
const Rows = z.object({ rows: z.array(z.object({ id: z.string(), state: z.string() })) });

/** The card of a conversation's request, once it stands in its thread. */
const cardIn = (stack: Stack, threadTs: string) =>
  eventually(
    "the card",
    async () => {
      const { rows } = await stack.ledger.listApprovals({ limit: 10 });
      return rows.find((row) => row.threadTs === threadTs && row.messageTs !== undefined);
    },
    WAIT_MS,
  );
const said = (stack: Stack, threadTs: string, words: RegExp) =>
  eventually(String(words), async () => (await stack.thread(threadTs)).find(({ text }) => words.test(text)), WAIT_MS);

it("runs what a person approved once, also when its keeper dies after the click, and nothing that was rejected", async () => {
  const stack = await startStack();
  const { channel, user } = stack.facts().slack;
  const press = (ts: string, actionId: string) =>
    stack.act({ sim: "slack", do: "click", as: user, channel, ts, actionId });

  const yes = await stack.say("@thor file a ticket about the squeaking door");
  const card = await cardIn(stack, yes);
  await press(card.messageTs ?? "", "approval_approve");
  stack.kill("remote-cli");
  expect((await said(stack, yes, /About the ticket/)).text).toContain("done (DEMO-1)");

  const no = await stack.say("@thor file a ticket about the weather");
  const refused = await cardIn(stack, no);
  await press(refused.messageTs ?? "", "approval_reject");
  await eventually(
    "the form",
    async () => z.array(z.unknown()).parse(await stack.sim(`/_sim/slack/views?as=${user}`))[0],
  );
  await stack.act({ sim: "slack", do: "submit", as: user, values: { reason: "nobody can change that" } });
  expect((await said(stack, no, /About the ticket/)).text).toContain("nobody can change that");

  const { rows } = Rows.parse(await stack.ledger.listApprovals({ limit: 10 }));
  expect(rows.map(({ state }) => state).toSorted()).toEqual(["done", "rejected"]);
  expect(await stack.sim("/_sim/violations")).toEqual([]);
});
