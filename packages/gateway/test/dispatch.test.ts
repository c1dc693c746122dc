import { eventually } from "@thor/kit/testing/eventually";
import { describe, expect, it } from "vitest";

import { ledgerOf, startWorld, type World } from "./world.ts";

const mention = (world: World, text = "hello") => `<@${world.facts.botUserId}> ${text}`;
const accepted = (id: string) => ({
  status: 200,
  body: { accepted: true, sessionId: "ses_1", resumed: false, triggerId: id },
});
const textsOf = async (world: World, ts: string) => (await world.thread(ts)).map(({ text }) => text);

describe("a runner that has troubles", () => {
  it("is asked again with growing pauses; the human hears of the delay, and the notice goes when work starts", async () => {
    const world = await startWorld({ env: { THOR_RETRY_MAX_ATTEMPTS: "100" } });
    const startedAt = Date.now();
    world.setRunner((_trigger, call) =>
      Date.now() - startedAt < 2500 ? { status: 503, body: { error: "draining" } } : accepted(`t${call}`),
    );
    const ts = await world.say(mention(world));
    await eventually(
      "the delay notice",
      async () => (await textsOf(world, ts)).some((text) => text.includes("Still trying")) || undefined,
    );
    await eventually(
      "the notice is taken back",
      async () => (await textsOf(world, ts)).every((text) => !text.includes("Still trying")) || undefined,
    );
    expect(new Set(world.heard.map(({ dispatchId }) => dispatchId)).size).toBe(world.heard.length);
  });

  it("ends in a dead letter that the human sees, and that can be tried again", async () => {
    const world = await startWorld({ env: { THOR_RETRY_MAX_ATTEMPTS: "3" } });
    world.setRunner(() => ({ status: 500, body: { error: "broken <!channel>" } }));
    const ts = await world.say(mention(world));
    const said = await eventually("the failure notice", async () =>
      (await textsOf(world, ts)).find((text) => text.includes("could not start")),
    );
    expect(said).not.toContain("<!channel>");
    expect(world.heard).toHaveLength(3);
    await eventually(
      "the mark",
      async () => (await world.thread(ts))[0]?.reactions?.some(({ name }) => name === "x") || undefined,
    );
    world.setRunner((_trigger, call) => accepted(`t${call}`));
    const ledger = await ledgerOf(world);
    const [event] = world.heard[0]?.eventIds ?? [];
    const first = await ledger.replay({
      items: [{ id: event ?? "", version: await versionOf(world, event ?? "") }],
      by: "op",
      reason: "mended",
    });
    expect(first).toMatchObject({ done: [event] });
    await world.prompts(4);
  });

  it("tries a refused batch message by message, so that one bad message takes none with it", async () => {
    const world = await startWorld();
    const ts = await world.say(mention(world));
    await world.prompts(1);
    world.setRunner((trigger, call) =>
      trigger.prompt.includes("poison") ? { status: 400, body: { error: "bad" } } : accepted(`t${call}`),
    );
    for (const text of ["good one", "poison", "good two"]) await world.say(text, { threadTs: ts });
    await eventually("both good ones", () => {
      const taken = world.heard
        .filter(({ prompt }) => !prompt.includes("poison"))
        .map(({ prompt }) => prompt)
        .join("\n");
      return (taken.includes("good one") && taken.includes("good two")) || undefined;
    });
    const notices = await eventually("the notice", async () => {
      const said = (await textsOf(world, ts)).filter((text) => text.includes("could not start"));
      return said.length > 0 ? said : undefined;
    });
    expect(notices).toHaveLength(1);
  });

  it("counts nothing and hurries nothing when the runner is busy, and asks seldom", async () => {
    const world = await startWorld();
    const ts = await world.say(mention(world));
    await world.prompts(1);
    world.setRunner(() => ({ status: 200, body: { busy: true } }));
    await world.say("while busy", { threadTs: ts });
    await world.prompts(2);
    const before = world.heard.length;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(world.heard.length - before).toBeLessThan(8);
    world.setRunner((_trigger, call) => accepted(`t${call}`));
    await eventually("the message is taken", () => world.heard.at(-1)?.prompt.includes("while busy") || undefined);
  });
});

describe("a run that stands still", () => {
  it("keeps words without a mention waiting, says once until when, and gives way to a mention", async () => {
    const world = await startWorld();
    const ledger = await ledgerOf(world);
    const until = Date.now() + 3_600_000;
    world.setRunner(async ({ anchorId, dispatchId, lane, fence, prompt }, call) => {
      if (call > 1) return accepted(`t${call}`);
      const opened = await ledger.openTrigger({
        triggerId: "t1",
        anchorId,
        dispatchId,
        lane,
        fence,
        sessionId: "ses_1",
        prompt,
        source: "slack",
        requesters: [],
        promptMessageId: "msg_1",
        promptPartId: "prt_1",
        holder: "runner:test",
        interrupt: true,
      });
      const park = { why: "quota", since: 1, until, quotaParks: 1 };
      const { runFence } = opened.kind === "opened" ? opened : { runFence: 0 };
      await ledger.setTrigger({ triggerId: "t1", runFence, set: { status: "parked", park } });
      return accepted("t1");
    });
    const ts = await world.say(mention(world));
    await world.prompts(1);
    for (const words of ["first", "second"]) await world.say(words, { threadTs: ts });
    const told = () => world.thread(ts).then((all) => all.filter(({ text }) => text.includes("Parked until")));
    await eventually("the thread says until when", async () => (await told())[0]);
    await world.say("third", { threadTs: ts });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect((await told()).map(({ text }) => text)).toEqual([expect.stringContaining("mention me to go on now")]);
    expect(world.heard).toHaveLength(1);
    await world.say(`${mention(world)} go on`, { threadTs: ts });
    const prompts = await world.prompts(2);
    for (const words of ["first", "second", "third", "go on"]) expect(prompts[1]).toContain(words);
  });
});

describe("many at once", () => {
  it("hands over 20 conversations in parallel, each once, each in its own order", async () => {
    const world = await startWorld();
    const roots = await Promise.all(Array.from({ length: 20 }, (_, at) => world.say(mention(world, `start ${at}`))));
    await world.prompts(20);
    await Promise.all(roots.map((threadTs, at) => world.say(`more ${at}`, { threadTs })));
    await world.prompts(40);
    const byKey = Map.groupBy(world.heard, ({ correlationKey }) => correlationKey);
    expect([...byKey.values()].map((calls) => calls.length)).toEqual(Array.from({ length: 20 }, () => 2));
  });

  it("gives up what it holds when it stops, so that the next process need not wait for a lease", async () => {
    const world = await startWorld();
    await world.say(mention(world));
    await world.prompts(1);
    await world.stop();
    const ledger = await ledgerOf(world);
    const stats = await ledger.queueStats();
    expect([stats.claimed, stats.lanes.held]).toEqual([0, 0]);
  });
});

async function versionOf(world: World, id: string): Promise<number> {
  const ledger = await ledgerOf(world);
  const event = await ledger.getEvent({ eventId: id });
  return event?.version ?? 0;
}
