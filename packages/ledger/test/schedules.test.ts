import { describe, expect, it } from "vitest";

import { openTempLedger } from "../src/testing/temp-ledger.ts";

const line = (lineHash: string, more: object = {}) => ({
  lineHash,
  lineNo: 1,
  text: lineHash,
  expression: "* * * * *",
  valid: true,
  nextAt: 60_000,
  ...more,
});

describe("lines", () => {
  it("lets a line that stays keep its next time, and begins anew with one that went and came back", async () => {
    const ledger = await openTempLedger();
    await ledger.syncSchedule({ lines: [line("a"), line("b")] });
    await ledger.passSchedule({ lineHash: "a", nextAt: 120_000, runs: [] });
    await ledger.syncSchedule({ lines: [line("a", { lineNo: 7, nextAt: 999_000 })] });
    expect(await ledger.listSchedule()).toMatchObject([{ line_hash: "a", line_no: 7, next_at: 120_000 }]);
    await ledger.syncSchedule({ lines: [] });
    await ledger.syncSchedule({ lines: [line("a", { nextAt: 999_000 })] });
    expect(await ledger.listSchedule()).toMatchObject([{ line_hash: "a", next_at: 999_000 }]);
  });
});

describe("firings", () => {
  it("opens a line and a time once and ends it once, whoever asks", async () => {
    const ledger = await openTempLedger();
    const run = { lineHash: "a", dueAt: 60_000 };
    const pass = { lineHash: "a", nextAt: 120_000, runs: [{ ...run, state: "waiting" as const }] };
    const opened = await Promise.all([ledger.passSchedule(pass), ledger.passSchedule(pass)]);
    expect(opened.map((one) => (one.kind === "passed" ? one.opened : one))).toEqual([[60_000], []]);
    const fired = { ...run, state: "fired" as const, eventId: "e1", correlationKey: "k", firedAt: 61_000 };
    expect(await ledger.recordScheduleRun(fired)).toEqual({ kind: "recorded" });
    for (const state of ["waiting", "failed", "fired"] as const)
      expect(await ledger.recordScheduleRun({ ...run, state })).toEqual({ kind: "exists", state: "fired" });
    expect(await ledger.listScheduleRuns({ limit: 9 })).toMatchObject([{ state: "fired", event_id: "e1" }]);
  });

  it("lists what waits with who asked for it, and writes a person's request to the audit with it", async () => {
    const ledger = await openTempLedger();
    const audit = {
      service: "admin",
      event: "admin.schedule.run",
      actorKind: "admin" as const,
      actor: "ann",
      target: "a",
      decision: "done",
    };
    await ledger.recordScheduleRun({ lineHash: "a", dueAt: 5, state: "waiting", requestedBy: "ann", audit });
    await ledger.recordScheduleRun({ lineHash: "b", dueAt: 6, state: "skipped", reason: "overlap" });
    expect(await ledger.waitingScheduleRuns()).toMatchObject([{ lineHash: "a", dueAt: 5, requestedBy: "ann" }]);
    const { rows } = await ledger.auditPage({ limit: 10 });
    expect(rows.filter(({ event }) => event === "admin.schedule.run")).toHaveLength(1);
  });

  it("counts a firing as waiting until its event is done", async () => {
    const ledger = await openTempLedger();
    const admitted = await ledger.admit({
      provider: "cron",
      deliveryKey: "d",
      eventType: "cron",
      refs: {},
      event: {
        source: "cron",
        kind: "cron.prompt",
        correlationKey: "k",
        bind: "anchor",
        gate: "open",
        actors: {},
        human: false,
        urgent: true,
        interrupt: false,
        externalAuthor: false,
        sourceAt: 1,
        payload: {},
      },
    });
    const eventId = admitted.kind === "accepted" ? admitted.eventId : "";
    await ledger.recordScheduleRun({ lineHash: "a", dueAt: 1, state: "fired", eventId });
    await ledger.recordScheduleRun({ lineHash: "a", dueAt: 2, state: "fired", eventId: "gone" });
    await ledger.recordScheduleRun({ lineHash: "a", dueAt: 3, state: "waiting" });
    await ledger.recordScheduleRun({ lineHash: "b", dueAt: 3, state: "waiting" });
    expect(await ledger.countWaitingOf({ lineHash: "a" })).toBe(2);
  });

  it("says which lines are paused", async () => {
    const ledger = await openTempLedger();
    await ledger.setSetting({ key: "schedule.paused:a", value: true, by: "ann" });
    await ledger.setSetting({ key: "schedule.paused:b", value: true, by: "ann" });
    await ledger.setSetting({ key: "schedule.paused:b", value: false, by: "ann" });
    expect(await ledger.pausedSchedules()).toEqual(["a"]);
  });
});
