/** Several processes, one file, and deaths at any line. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";

import { eventually } from "@thor/kit/testing/eventually";
import { tempDir } from "@thor/kit/testing/temp-dir";
import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";

import { checkDatabase } from "../src/audit/check-database.ts";
import { slackMessage } from "../src/testing/events.ts";
import { openTempLedger, TEST_SECRET } from "../src/testing/temp-ledger.ts";

const CHAOS_MS = 20_000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

const Fact = z.looseObject({
  did: z.string(),
  eventId: z.string().optional(),
  value: z.string().optional(),
  anchorId: z.string().optional(),
  lane: z.string().optional(),
  fence: z.number().optional(),
  dispatchId: z.string().optional(),
  seq: z.number().optional(),
});
/** Acknowledged outcomes; a line that the kill cut off was never acknowledged to anybody. */
function factsOf(file: string) {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((text) => Fact.parse(JSON.parse(text)));
}

async function findings(path: string) {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return await checkDatabase(database, { secret: TEST_SECRET, full: true });
  } finally {
    database.close();
  }
}

it("keeps every promise it acknowledged while four processes write and die", { timeout: 90_000 }, async () => {
  const directory = tempDir();
  const path = join(directory, "thor.db");
  const ledger = await openTempLedger({ path, clock: undefined });
  const errors: string[] = [];
  const start = (n: number) => {
    const args = [here("chaos-worker.ts"), path, join(directory, `log-${n}`), `w${n}`];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
    child.stderr?.on("data", (data: Buffer) => void errors.push(data.toString()));
    return child;
  };
  const children = [0, 1, 2, 3].map(start);
  onTestFinished(() => void Promise.all(children.map(kill)));
  const acknowledged = (n: number) => factsOf(join(directory, `log-${n}`)).length;
  const endsAt = Date.now() + CHAOS_MS;
  for (let round = 0; Date.now() < endsAt; round += 1) {
    const victim = round % children.length;
    const before = acknowledged(victim);
    // A slow machine takes its time to start a process: nobody dies before it has promised something.
    await eventually("the victim is at work", () => acknowledged(victim) > before || errors.length > 0);
    await pause(Math.random() * 300);
    const child = children[victim];
    if (child !== undefined) await kill(child);
    children[victim] = start(victim);
  }
  await Promise.all(children.map(kill));
  const facts = [0, 1, 2, 3].flatMap((n) => factsOf(join(directory, `log-${n}`)));
  expect(errors).toEqual([]);
  expect(await findings(path)).toEqual([]);
  const of = (did: string) => facts.filter((fact) => fact.did === did);
  expect(
    Math.min(of("accepted").length, of("claimed").length, of("opened").length, of("bound").length),
  ).toBeGreaterThan(5);
  for (const { eventId = "" } of of("accepted"))
    expect(await ledger.getEvent({ eventId })).toMatchObject({ id: eventId });
  for (const { value = "", anchorId } of of("bound"))
    expect(await ledger.anchorOf({ type: "git.branch", value })).toEqual({ kind: "known", anchorId });
  const holders = of("claimed").map(({ lane, fence }) => `${lane}#${fence}`);
  expect(new Set(holders).size).toBe(holders.length);
  for (const { dispatchId = "" } of of("opened")) expect(await ledger.triggerByDispatch({ dispatchId })).toBeDefined();
  const proofs = of("proved").map(({ seq }) => seq);
  expect(new Set(proofs).size).toBe(proofs.length);
});

const DEATHS = [
  "admit",
  "claimEvents",
  "beginDispatch",
  "openTrigger",
  "settle",
  "closeTrigger",
  "claimOutbox",
  "settleOutbox",
].flatMap((write) => [`after_commit:${write}`, `before_commit:${write}`]);

async function runSteps(path: string, failpoint: string) {
  const child = spawn(process.execPath, [here("steps-worker.ts"), path], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, THOR_FAILPOINT: failpoint },
  });
  const errors: string[] = [];
  child.stderr.on("data", (data: Buffer) => void errors.push(data.toString()));
  const [code, signal] = await once(child, "exit");
  return { code, signal, errors };
}

it.each(DEATHS)("does one run and says one thing when killed at %s", { timeout: 60_000 }, async (failpoint) => {
  const path = join(tempDir(), "thor.db");
  expect(await runSteps(path, failpoint)).toMatchObject({ signal: "SIGKILL" });
  expect(await runSteps(path, "")).toEqual({ code: 0, signal: null, errors: [] });
  expect(await findings(path)).toEqual([]);
  const ledger = await openTempLedger({ path, clock: undefined });
  expect((await ledger.listEvents({ limit: 10 })).rows.map(({ state }) => state)).toEqual(["done"]);
  expect((await ledger.listPromises({ limit: 10 })).rows.map(({ state }) => state)).toEqual(["done"]);
  const anchorId = (await ledger.listConversations({ limit: 5 })).rows[0]?.id ?? "";
  expect((await ledger.triggersOf({ anchorId, limit: 10 })).map(({ status }) => status)).toEqual(["completed"]);
});

const [MOUNT, UNMOUNT] = ["mount", "umount"] as const;

function mountSmall(): string | undefined {
  const directory = tempDir();
  try {
    execFileSync(MOUNT, ["-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", directory], { stdio: "ignore" });
    onTestFinished(() => void execFileSync(UNMOUNT, ["-l", directory]));
    return directory;
  } catch {
    return undefined;
  }
}

it(
  "refuses writes while the disk is full, loses nothing it acknowledged, and goes on when space returns",
  { timeout: 60_000 },
  async ({ skip }) => {
    const directory = mountSmall();
    if (directory === undefined) return skip("skipped: a tmpfs of its own cannot be mounted here");
    const path = join(directory, "thor.db");
    const filler = join(directory, "filler");
    writeFileSync(filler, Buffer.alloc(3 * 1024 * 1024));
    const ledger = await openTempLedger({ path, clock: undefined });
    const accepted: string[] = [];
    let refused = 0;
    while (refused < 5) {
      const answer = await ledger.admit(slackMessage({ payload: { text: "x".repeat(20_000) } }));
      if (answer.kind === "accepted") accepted.push(answer.eventId);
      if (answer.kind === "unavailable") refused += 1;
    }
    rmSync(filler);
    const answer = await ledger.admit(slackMessage());
    expect(answer.kind).toBe("accepted");
    for (const eventId of accepted) expect(await ledger.getEvent({ eventId })).toMatchObject({ state: "ready" });
    expect((await ledger.queueStats()).pending).toBe(accepted.length + 1);
    expect(await findings(path)).toEqual([]);
  },
);
