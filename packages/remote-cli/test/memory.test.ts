/** Notes about a person: that person's own, in a direct message; nobody else's, nowhere else. */
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

import { openWorld } from "./world.ts";

const ADA = { email: "ada@example.com", name: "Ada", slack: "U0ADA" };
const BOB = { email: "bob@example.com", name: "Bob", slack: "U0BOB" };
const ONLY = "only in a direct message";

async function openNotes() {
  const world = await openWorld({}, { users: [ADA, BOB], memory: { maxBytesPerFile: 1024 } });
  let count = 0;
  /** A session of a conversation in a channel, with these people in its run. */
  const session = async (channel: string, ...people: string[]) => {
    count += 1;
    const minted = await world.ledger.mintAnchor({
      correlationKey: `slack:thread:${channel}/17000000${10 + count}.000100`,
      source: "test",
    });
    if (minted.kind !== "minted") throw new Error(minted.kind);
    const { anchorId } = minted;
    const sessionId = `ses_memory${count}`;
    await world.ledger.registerSession({ id: sessionId, anchorId, kind: "main" });
    await world.ledger.openOwnTrigger({
      triggerId: `trg_memory${count}`,
      anchorId,
      cause: "direct",
      sessionId,
      source: "test",
      promptMessageId: `msg_memory${count}`,
      requesters: people.map((id) => ({ kind: "slack" as const, id })),
      holder: "test",
    });
    const memory = (verb: string, stdin?: string) =>
      world.exec(sessionId, "/exec/memory", { args: ["person", verb], ...(stdin === undefined ? {} : { stdin }) });
    return { anchorId, memory };
  };
  const own = join(world.workspace, "memory-private/people/ada.md");
  const shared = join(world.workspace, "memory/people");
  return { ...world, session, own, shared };
}

it("are kept, shown, replaced and forgotten by the person in the direct message", async () => {
  const { session, own, shared, ledger } = await openNotes();
  const { memory } = await session("D0ADA1", "U0ADA");
  mkdirSync(shared, { recursive: true });
  writeFileSync(join(shared, "ada.md"), "tabs, not spaces\n");
  expect(await memory("append", "likes tea\n")).toMatchObject({ exitCode: 0, stdout: "noted\n" });
  expect(await memory("append", "and short answers")).toMatchObject({ exitCode: 0 });
  expect(readFileSync(own, "utf8")).toBe("likes tea\nand short answers\n");
  expect(statSync(own).mode & 0o777).toBe(0o600);
  const { stdout } = await memory("show");
  for (const words of ["likes tea\nand short answers", "tabs, not spaces"]) expect(stdout).toContain(words);
  expect(await memory("append", "x".repeat(1024))).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("1024"),
  });
  expect(await memory("replace", "likes coffee")).toMatchObject({ exitCode: 0 });
  expect(readFileSync(own, "utf8")).toBe("likes coffee\n");
  expect(await memory("forget")).toMatchObject({ exitCode: 0, stdout: "forgotten: 2 files\n" });
  expect([existsSync(own), existsSync(join(shared, "ada.md"))]).toEqual([false, false]);
  const audit = JSON.stringify(await ledger.auditPage({ limit: 50 }));
  expect(audit).toContain("memory.forget");
  expect(audit).not.toContain("coffee");
});

it("are closed to everybody else, everywhere else", async () => {
  const world = await openNotes();
  const { session, own, ledger, shared } = world;
  const direct = await session("D0ADA1", "U0ADA");
  await direct.memory("append", "a secret wish");
  for (const { memory } of [
    await session("C0OPEN1", "U0ADA"),
    await session("G0GROUP", "U0ADA"),
    await session("D0ADA1", "U0ADA", "U0BOB"),
    await session("D0EVE1", "U0EVE"),
    await session("D0NOBODY"),
  ])
    for (const verb of ["show", "append", "forget"])
      expect(await memory(verb, "x")).toMatchObject({ status: 400, stderr: expect.stringContaining(ONLY) });
  const bob = await session("D0BOB1", "U0BOB");
  expect((await bob.memory("show")).stdout).not.toContain("secret");
  await ledger.bindAlias({
    type: "slack.thread",
    value: "C0OPEN1/1700000099.000100",
    anchorId: direct.anchorId,
    source: "t",
  });
  expect(await direct.memory("show")).toMatchObject({ status: 400, stderr: expect.stringContaining(ONLY) });
  expect(
    (await world.internal("/internal/exec", { tool: "memory", args: ["person", "show"] })).status,
  ).toBeGreaterThanOrEqual(400);
  expect(readFileSync(own, "utf8")).toBe("a secret wish\n");

  // A link that an agent put in the place of the shareable file leads nowhere.
  const elsewhere = join(world.workspace, "precious.md");
  writeFileSync(elsewhere, "precious");
  mkdirSync(shared, { recursive: true });
  symlinkSync(elsewhere, join(shared, "bob.md"));
  expect((await bob.memory("show")).stdout).not.toContain("precious");
  await bob.memory("forget");
  expect(readFileSync(elsewhere, "utf8")).toBe("precious");
});

it("says how it is used for anything else", async () => {
  const { session } = await openNotes();
  const { memory } = await session("D0ADA1", "U0ADA");
  for (const [verb, stdin] of [
    ["publish", "x"],
    ["append", " "],
    ["--help", undefined],
  ] as const)
    expect(JSON.stringify(await memory(verb, stdin))).toContain("memory person show");
});
