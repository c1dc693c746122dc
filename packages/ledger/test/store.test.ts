import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { systemClock } from "@thor/kit/system-clock";
import { eventually } from "@thor/kit/testing/eventually";
import { tempDir } from "@thor/kit/testing/temp-dir";
import { expect, it, onTestFinished } from "vitest";

import { runLedgerCommand } from "../src/cli/commands.ts";
import { migrate } from "../src/migrate.ts";
import { MIGRATIONS } from "../src/migrations/catalogue.ts";
import { openLedger } from "../src/open.ts";
import { claimOne, slackMessage } from "../src/testing/events.ts";
import { openTempLedger, TEST_SECRET } from "../src/testing/temp-ledger.ts";

const place = () => join(tempDir(), "data", "thor.db");
const NEWEST = MIGRATIONS.length;
const threaded = { clock: undefined };

async function command(path: string, ...args: string[]) {
  const lines: string[] = [];
  const out = (line: string) => void lines.push(line);
  const code = await runLedgerCommand({ args, url: `sqlite:${path}`, secret: TEST_SECRET, out, err: out });
  return { code, text: lines.join("\n") };
}
const tamper = (path: string, statement: string) => {
  const database = new DatabaseSync(path);
  database.exec(statement);
  database.close();
};

it("makes its directory and file for its own user only", async () => {
  const path = place();
  await openTempLedger({ path, ...threaded });
  expect([statSync(dirname(path)).mode & 0o777, statSync(path).mode & 0o777]).toEqual([0o700, 0o600]);
  expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
});

it("refuses addresses it cannot serve", async () => {
  const open = (url: string) => openLedger({ url, service: "t", instance: "1", secret: TEST_SECRET });
  expect(await open("postgres://db/thor")).toEqual({ kind: "unavailable", error: "ledger_engine_unavailable" });
  expect(await open("sqlite:relative.db")).toEqual({ kind: "unavailable", error: "ledger_url_invalid" });
  expect(await open("mysql://db/thor")).toEqual({ kind: "unavailable", error: "ledger_url_invalid" });
});

it("leaves a database of a newer version byte for byte as it is", async () => {
  const path = place();
  await (await openTempLedger({ path })).close();
  tamper(path, "insert into schema_migrations values (99, 'later', 'x', 0, 0)");
  const before = readFileSync(path);
  expect(await openLedger({ url: `sqlite:${path}`, service: "t", instance: "1", secret: TEST_SECRET })).toEqual({
    kind: "schema_newer",
    db: 99,
    code: NEWEST,
  });
  expect(readFileSync(path).equals(before)).toBe(true);
  expect((await command(path, "migrate", "--check")).code).toBe(78);
});

it("refuses a database whose applied migration is not the one it knows", async () => {
  const path = place();
  await (await openTempLedger({ path })).close();
  tamper(path, "update schema_migrations set checksum = 'edited'");
  expect(await openLedger({ url: `sqlite:${path}`, service: "t", instance: "1", secret: TEST_SECRET })).toEqual({
    kind: "migration_changed",
    version: 1,
  });
});

it("migrates once when two services start together, after a verified backup", async () => {
  const path = place();
  await (await openTempLedger({ path })).close();
  const migrations = [
    ...MIGRATIONS,
    { version: NEWEST + 1, name: "next", statements: ["create table later (id text primary key)"] },
  ];
  const start = (holder: string) => migrate({ path, migrations, holder, now: systemClock.now });
  const both = await Promise.all([start("a"), start("b")]);
  expect(both.map(({ kind }) => kind)).toEqual(["current", "current"]);
  expect(both.flatMap((one) => (one.kind === "current" ? one.applied : []))).toEqual([NEWEST + 1]);
  expect(readdirSync(join(dirname(path), "backup"))).toHaveLength(1);
});

it("keeps the old version when a migration fails", async () => {
  const path = place();
  await (await openTempLedger({ path })).close();
  const migrations = [
    ...MIGRATIONS,
    { version: NEWEST + 1, name: "bad", statements: ["create table half (id text)", "nonsense"] },
  ];
  expect(await migrate({ path, migrations, holder: "a", now: systemClock.now })).toMatchObject({
    kind: "migration_failed",
    version: NEWEST + 1,
  });
  const again = await openLedger({ url: `sqlite:${path}`, service: "t", instance: "1", secret: TEST_SECRET });
  expect(again.kind).toBe("opened");
  if (again.kind === "opened") await again.ledger.close();
});

it("accepts exactly one of 64 identical requests over two writers", async () => {
  const path = place();
  const ledgers = [
    await openTempLedger({ path, ...threaded }),
    await openTempLedger({ path, ...threaded, instance: "two" }),
  ];
  const message = slackMessage();
  const answers = await Promise.all(
    Array.from({ length: 32 }).flatMap(() => ledgers.map((ledger) => ledger.admit(message))),
  );
  expect(answers.filter(({ kind }) => kind === "accepted")).toHaveLength(1);
  expect(answers.filter(({ kind }) => kind === "duplicate")).toHaveLength(63);
});

it("reports every request of a failed commit as not stored, and stores none", async () => {
  let isBroken = true;
  const failpoint = (at: string) => {
    if (at === "before_commit" && isBroken) throw new Error("disk gone");
  };
  const ledger = await openTempLedger({ clock: systemClock, failpoint });
  const answers = await Promise.all(Array.from({ length: 20 }, () => ledger.admit(slackMessage())));
  expect(answers).toEqual(Array.from({ length: 20 }, () => ({ kind: "unavailable", error: "disk gone" })));
  isBroken = false;
  expect((await ledger.queueStats()).pending).toBe(0);
});

it("fails a bad request of a commit alone", async () => {
  let served = 0;
  const failpoint = (at: string) => {
    if (at === "during:admit" && (served += 1) === 7) throw new Error("poison");
  };
  const ledger = await openTempLedger({ clock: systemClock, failpoint });
  const answers = await Promise.all(Array.from({ length: 20 }, () => ledger.admit(slackMessage())));
  expect(answers.map(({ kind }) => kind)).toEqual(
    Array.from({ length: 20 }, (_, n) => (n === 6 ? "unavailable" : "accepted")),
  );
  expect((await ledger.queueStats()).pending).toBe(19);
});

it("throws at input that breaks its schema, and cuts free words instead", async () => {
  const ledger = await openTempLedger();
  const message = slackMessage({ payload: { text: "x".repeat(1024 * 1024) } });
  await expect(ledger.admit(message)).rejects.toThrow("1048576 bytes");
  await expect(ledger.bindAlias({ type: "git.branch", value: "a\nb", anchorId: "a", source: "s" })).rejects.toThrow(
    "value",
  );
});

it("keeps scrubbed words in no file", async () => {
  const path = place();
  const ledger = await openTempLedger({ path });
  const text = "the-launch-code-is-0000";
  await ledger.admit(slackMessage({ urgent: true, gate: "pending", payload: { text } }));
  const claim = await claimOne(ledger);
  const drops = claim.items.map(({ id }) => ({ id, reason: "channel_refused", scrub: true }));
  await ledger.applyPlan({ lane: claim.lane, fence: claim.fence, drops, deads: [], reroutes: [], waits: [] });
  await ledger.close();
  tamper(path, "pragma wal_checkpoint(truncate)");
  const files = readdirSync(dirname(path)).map((file) => readFileSync(join(dirname(path), file), "latin1"));
  expect(files.some((content) => content.includes(text))).toBe(false);
});

it("wakes watchers of another process soon after its commit, and gives the changes without a gap", async () => {
  const path = place();
  const here = await openTempLedger({ path, ...threaded });
  const there = await openTempLedger({ path, ...threaded, instance: "two" });
  let firedAt = 0;
  here.watch(["events"], () => void (firedAt ||= Date.now()));
  const committedAt = await there.admit(slackMessage()).then(() => Date.now());
  const seenAt = await eventually("the watcher fires", () => (firedAt > 0 ? firedAt : undefined));
  expect(seenAt - committedAt).toBeLessThan(250);
  for (let n = 0; n < 5; n += 1) await Promise.all([here.admit(slackMessage()), there.admit(slackMessage())]);
  const seqs = (await here.readChanges({ after: 0, limit: 1000 })).map(({ seq }) => seq);
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, n) => n + 1));
});

const evidence = (n: number) => ({
  service: "t",
  event: "e",
  actorKind: "system" as const,
  actor: "a",
  target: `t${n}`,
  decision: "d",
});

it("finds a changed byte, a missing row and a cut tail in the audit chain", async () => {
  const path = place();
  const ledger = await openTempLedger({ path });
  for (let n = 1; n <= 10; n += 1) await ledger.appendAudit(evidence(n));
  const head = await ledger.auditHead();
  await ledger.close();
  const original = readFileSync(path);
  expect(await command(path, "audit", "verify")).toMatchObject({ code: 0 });
  tamper(path, "update audit set target = 'forged' where seq = 4");
  expect(await command(path, "audit", "verify")).toEqual({ code: 1, text: "broken at 4: its content was changed" });
  writeFileSync(path, original);
  tamper(path, "delete from audit where seq = 6");
  expect((await command(path, "audit", "verify")).text).toContain("broken at 6");
  writeFileSync(path, original);
  tamper(
    path,
    "delete from audit where seq > 8; update chain_heads set seq = 8, hash = (select hash from audit where seq = 8) where chain = 'audit'",
  );
  expect((await command(path, "audit", "verify")).code).toBe(0);
  expect(await command(path, "audit", "verify", "--expect", `${head.seq}:${head.hash}`)).toMatchObject({
    code: 1,
    text: expect.stringContaining("broken at 9"),
  });
});

it("still verifies after an exported prefix has left, and notices when that prefix is not the signed one", async () => {
  const path = place();
  const ledger = await openTempLedger({ path, clock: systemClock });
  for (let n = 1; n <= 10; n += 1) await ledger.appendAudit(evidence(n));
  await ledger.close();
  const file = join(tempDir(), "audit.jsonl");
  expect(await command(path, "audit", "export", "--to", "6", "--file", file, "--prune", "--yes")).toMatchObject({
    code: 0,
  });
  expect(readFileSync(file, "utf8").trim().split("\n")).toHaveLength(6);
  expect((await command(path, "audit", "verify")).text).toContain("intact: 5 rows, head 11:");
  tamper(path, "update audit_segments set last_hash = first_prev_hash");
  expect((await command(path, "audit", "verify")).text).toContain("broken at 1");
});

it("verifies rows of a rotated secret only when the earlier one is listed", async () => {
  const path = place();
  const ledger = await openTempLedger({ path });
  await ledger.appendAudit(evidence(1));
  await ledger.close();
  const run = (previousSecrets: string) =>
    runLedgerCommand({
      args: ["audit", "verify"],
      url: `sqlite:${path}`,
      secret: "another secret of 32 characters!!",
      previousSecrets,
      out: () => undefined,
      err: () => undefined,
    });
  expect(await run("")).toBe(1);
  expect(await run(TEST_SECRET)).toBe(0);
});

it("backs up while services write, and the copy is whole", async () => {
  const path = place();
  const ledger = await openTempLedger({ path, ...threaded });
  const ending = new AbortController();
  const failures: string[] = [];
  const writing = (async () => {
    while (!ending.signal.aborted) {
      const answer = await ledger.admit(slackMessage());
      if (answer.kind !== "accepted") failures.push(answer.kind);
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const file = join(tempDir(), "copy.db");
  const backup = await command(path, "backup", file);
  ending.abort();
  await writing;
  expect([backup.code, failures]).toEqual([0, []]);
  expect(await command(file, "verify", "--full")).toMatchObject({ code: 0 });
  expect((await command(path, "backup", file)).code).toBe(1);
});

it("restores quietly: nothing old runs or goes out until one command lets it", async () => {
  const path = place();
  const ledger = await openTempLedger({ path, clock: systemClock });
  await ledger.admit(slackMessage({ urgent: true }));
  await claimOne(ledger);
  await ledger.enqueueOutbox({ kind: "slack.post", stream: "slack:C1/1", dedupeKey: "one", payload: {} });
  await ledger.close();
  const file = join(tempDir(), "copy.db");
  expect((await command(path, "backup", file)).code).toBe(0);
  expect(await command(path, "restore", file)).toMatchObject({ code: 0 });
  expect(await command(path, "verify", "--full")).toMatchObject({ code: 0, text: "clean" });
  const restored = await openTempLedger({ path, clock: systemClock });
  expect(await restored.queueStats()).toMatchObject({ pending: 0, dead: 1, outbox: { pending: 0 } });
  await restored.close();
  expect((await command(path, "replay", "--yes")).text).toContain("1 dead events");
  const replayed = await openTempLedger({ path, clock: systemClock });
  expect((await claimOne(replayed)).items).toHaveLength(1);
});

it("refuses to restore under a live service, or what its manifest does not know", async () => {
  const path = place();
  const ledger = await openTempLedger({ path, clock: systemClock });
  const file = join(tempDir(), "copy.db");
  await command(path, "backup", file);
  await ledger.heartbeat({ service: "gateway", instance: "one", detail: {} });
  expect((await command(path, "restore", file)).text).toContain("a service is live");
  await ledger.close();
  writeFileSync(file, "not the backup");
  expect((await command(path, "restore", file, "--force")).text).toContain("not what its manifest says");
});

it("starts its writer again after a death and tells the waiting callers", async () => {
  let gaveUp = 0;
  const writerFile = new URL("./dying-writer.ts", import.meta.url);
  const ledger = await openTempLedger({ ...threaded, writerFile, giveUp: () => void (gaveUp += 1) });
  onTestFinished(() => expect(gaveUp).toBe(1));
  for (let death = 1; death <= 4; death += 1) {
    expect(await ledger.setSetting({ key: "die", value: true, by: "test" })).toEqual({
      kind: "unavailable",
      error: "writer_died",
    });
  }
});
