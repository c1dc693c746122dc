import { renameSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";

import { eventually } from "@thor/kit/testing/eventually";
import { describe, expect, it } from "vitest";

import { createWorld, CRON_SECRET, type World } from "./world.ts";

const MIN = 60_000;
const EVERY_MINUTE = "* * * * * hey-thor -- 'every minute'";
const AT_TEN = ["10 10 * * * hey-thor -- 'a'", "20 10 * * * hey-thor -- 'b'", "30 10 * * * hey-thor -- 'c'"];

const statesOf = async (world: World) => (await world.runs()).map(({ state }) => state).toSorted();
const fired = (world: World, count: number) =>
  eventually(`${count} firings are recorded`, async () => {
    const runs = (await world.runs()).filter(({ state }) => state === "fired");
    return runs.length >= count ? runs : undefined;
  });

async function running(...lines: string[]): Promise<World> {
  const world = await createWorld();
  world.write(...lines);
  await world.start();
  await world.loaded(lines.length);
  return world;
}

describe("a due line", () => {
  it("is posted once with its own key, and what the gateway answered stands with the run", async () => {
    const world = await running('1 10 * * * hey-thor --key weekly -- "say $(date)"');
    world.advance(31_000);
    const [run] = await fired(world, 1);
    const [line] = await world.ledger.listSchedule();
    const due = Date.UTC(2026, 4, 4, 10, 1);
    expect(world.posts).toEqual([
      {
        authorization: `Bearer ${CRON_SECRET}`,
        key: `${line?.line_hash}:${due / 1000}`,
        body: { prompt: "say $(date)", directory: `${world.workspace}/repos/demo`, correlationKey: "weekly" },
      },
    ]);
    expect(run).toMatchObject({ due_at: due, correlation_key: "weekly", event_id: expect.any(String), reason: null });
    expect(line?.next_at).toBe(Date.UTC(2026, 4, 5, 10, 1));
  });

  it("is skipped while it is paused, across a restart, and a person may still run it", async () => {
    const world = await createWorld();
    world.write(EVERY_MINUTE);
    const first = await world.start();
    await world.loaded(1);
    const lineHash = (await world.ledger.listSchedule())[0]?.line_hash ?? "";
    await world.ledger.setSetting({ key: `schedule.paused:${lineHash}`, value: true, by: "ann" });
    await first.close();
    await world.start();
    world.advance(35_000);
    await eventually("the time is skipped", async () => (await statesOf(world)).includes("skipped") || undefined);
    await world.ledger.recordScheduleRun({ lineHash, dueAt: world.now(), state: "waiting", requestedBy: "ann" });
    await fired(world, 1);
    expect(world.posts.map(({ key }) => key)).toEqual([expect.stringMatching(/^manual:/)]);
  });

  it("does not pile up: a fourth firing is skipped while three wait", async () => {
    const world = await running(EVERY_MINUTE);
    world.script(() => ({ status: 503 }));
    for (let minute = 1; minute <= 4; minute += 1) {
      world.advance(MIN);
      await eventually(`minute ${minute} has come`, async () => (await world.runs()).length >= minute || undefined);
    }
    expect(await statesOf(world)).toEqual(["skipped", "waiting", "waiting", "waiting"]);
    expect((await world.runs())[0]?.reason).toBe("overlap");
  });
});

describe("the file", () => {
  it("is picked up within four seconds however it is changed, and never half", async () => {
    const world = await running(EVERY_MINUTE);
    const steps: [change: () => void, jobs: number][] = [
      [() => world.write(...AT_TEN), 3],
      [() => world.remove(), 0],
      [() => world.write(EVERY_MINUTE), 1],
      [
        () => {
          writeFileSync(`${world.crontab}.new`, `${AT_TEN.slice(0, 2).join("\n")}\n`);
          renameSync(`${world.crontab}.new`, world.crontab);
        },
        2,
      ],
    ];
    for (const [change, jobs] of steps) {
      const startedAt = performance.now();
      change();
      await world.loaded(jobs);
      expect(performance.now() - startedAt).toBeLessThan(4000);
    }
    const half = EVERY_MINUTE.slice(0, 20);
    writeFileSync(world.crontab, half);
    await new Promise((resolve) => setImmediate(resolve));
    world.write(EVERY_MINUTE);
    await world.loaded(1);
    const changes = await world.ledger.configVersions({ file: "crontab", limit: 20 });
    expect(changes.map(({ text }) => text)).not.toContain(half);
  });

  it("has its verdict in the ledger, the status file and once per content in the audit", async () => {
    const bad = "61 10 * * * hey-thor -- 'bad'";
    const world = await createWorld();
    world.write(...AT_TEN, bad);
    const first = await world.start();
    await eventually("the status", () => world.status().includes("CHECK: 3 jobs, 1 line not understood") || undefined);
    expect(world.status()).toMatch(/line 4, column 1: .*minute[^]*\^/);
    expect(world.status()).toContain("next: 2026-05-04 10:10");
    const rows = await world.ledger.listSchedule();
    expect(rows.find(({ valid }) => valid === 0)).toMatchObject({
      line_no: 4,
      error_code: "field_invalid",
      error_column: 1,
    });
    await first.close();
    const seenAt = (await world.ledger.listSchedule())[0]?.updated_at ?? 0;
    await world.start();
    const isReadAgain = async () => ((await world.ledger.listSchedule())[0]?.updated_at ?? 0) > seenAt || undefined;
    await eventually("the next scheduler has read it", isReadAgain);
    const { rows: audit } = await world.ledger.auditPage({ limit: 50 });
    expect(audit.filter(({ event }) => event === "schedule.changed")).toHaveLength(1);
  });

  it("stays with the last good lines when it becomes a link, and says so", async () => {
    const world = await running(EVERY_MINUTE);
    unlinkSync(world.crontab);
    symlinkSync("/etc/passwd", world.crontab);
    await eventually("the notice", () => world.status().includes("it is a link") || undefined);
    expect(world.status()).not.toContain("root");
    world.advance(35_000);
    await fired(world, 1);
  });
});

describe("times that were missed", () => {
  const downFor = async (policy: string, ms: number) => {
    const world = await createWorld();
    world.write(policy, "*/10 * * * * hey-thor -- 'p'");
    const first = await world.start();
    await world.loaded(1);
    await first.close();
    world.advance(ms);
    await world.start();
    await eventually("the past is recorded", async () => (await world.runs()).length >= 3 || undefined);
    return world;
  };

  it("are not made up for by default", async () => {
    const world = await downFor("# none", 35 * MIN);
    expect(await statesOf(world)).toEqual(["missed", "missed", "missed"]);
    expect(world.posts).toEqual([]);
  });

  it("are made up for once where the line says so, and marked late", async () => {
    const world = await downFor("THOR_MISSED=once", 35 * MIN);
    const [run] = await fired(world, 1);
    expect(run).toMatchObject({ due_at: Date.UTC(2026, 4, 4, 10, 30), reason: "late by 6 min" });
    expect(await statesOf(world)).toEqual(["fired", "missed", "missed"]);
  });

  it("never lie before a line was first seen", async () => {
    const world = await createWorld();
    world.write(EVERY_MINUTE);
    const first = await world.start();
    await world.loaded(1);
    await first.close();
    world.advance(10 * MIN);
    world.write(
      "THOR_MISSED=once",
      ...AT_TEN.map((line) => line.replace("10 *", "9 *")),
      "0 11 * * * hey-thor -- 'later'",
    );
    await world.start();
    await world.loaded(4);
    await eventually("the status", () => world.status().includes("4 jobs") || undefined);
    expect(await world.runs()).toEqual([]);
  });
});

describe("a gateway with troubles", () => {
  it("gets a late firing once after five minutes, marked late", async () => {
    const world = await running("1 10 * * * hey-thor -- 'p'");
    world.script(() => ({ status: 503 }));
    world.advance(MIN);
    await eventually("a try", () => world.posts.length > 0 || undefined);
    world.script(undefined);
    world.advance(5 * MIN);
    const [run] = await fired(world, 1);
    expect(run?.reason).toMatch(/^late by [56] min$/);
    expect(world.taken.size).toBe(1);
  });

  it("gets nothing more after a quarter of an hour: the time is missed", async () => {
    const world = await running("1 10 * * * hey-thor -- 'p'");
    world.script(() => ({ status: 500 }));
    world.advance(MIN);
    await eventually("a try", () => world.posts.length > 0 || undefined);
    world.advance(16 * MIN);
    await eventually("it is given up", async () => (await statesOf(world)).includes("missed") || undefined);
    expect((await world.runs())[0]?.reason).toContain("500");
  });

  it("refuses a wrong secret at once, in words that name the cause and not the secret", async () => {
    const world = await createWorld();
    const logged: unknown[] = [];
    const note = (...line: unknown[]) => void logged.push(line);
    world.write("1 10 * * * hey-thor -- 'p'");
    world.script(() => ({ status: 401, body: { error: "Unauthorized" } }));
    await world.start({ debug: note, info: note, warn: note, error: note });
    await world.loaded(1);
    world.advance(MIN);
    await eventually("the failure", async () => (await statesOf(world)).includes("failed") || undefined);
    expect((await world.runs())[0]?.reason).toContain("CRON_SECRET");
    expect(JSON.stringify(logged)).not.toContain(CRON_SECRET);
    expect(world.posts).toHaveLength(1);
  });
});

describe("one run each", () => {
  it("when a scheduler dies between the row and the post", async () => {
    const world = await createWorld();
    world.write("1 10 * * * hey-thor -- 'p'");
    const first = await world.start();
    await world.loaded(1);
    await first.close();
    const lineHash = (await world.ledger.listSchedule())[0]?.line_hash ?? "";
    const dueAt = Date.UTC(2026, 4, 4, 10, 1);
    world.advance(MIN);
    await world.ledger.passSchedule({ lineHash, runs: [{ lineHash, dueAt, state: "waiting" }] });
    await world.start();
    await fired(world, 1);
    expect(world.posts.map(({ key }) => key)).toEqual([`${lineHash}:${dueAt / 1000}`]);
  });

  it("or none, when the line is gone before its firing could be posted", async () => {
    const world = await running(EVERY_MINUTE);
    await world.ledger.recordScheduleRun({ lineHash: "of a line that is gone", dueAt: world.now(), state: "waiting" });
    await eventually("it is skipped", async () => (await statesOf(world)).includes("skipped") || undefined);
    expect(world.posts).toEqual([]);
  });

  it("when the answer is lost", async () => {
    const world = await running("1 10 * * * hey-thor -- 'p'");
    world.script((_post, call) => (call === 1 ? "hang up" : { status: 200 }));
    world.advance(MIN);
    await fired(world, 1);
    expect([world.posts.length, world.taken.size]).toEqual([2, 1]);
  });

  it("when two schedulers run, and the second goes on when the first stops", async () => {
    const world = await createWorld();
    world.write(EVERY_MINUTE);
    const first = await world.start();
    await world.loaded(1);
    await world.start();
    world.advance(MIN);
    await fired(world, 1);
    expect(world.posts).toHaveLength(1);
    await first.close();
    world.advance(MIN);
    await fired(world, 2);
    expect([world.posts.length, world.taken.size]).toEqual([2, 2]);
  });
});
