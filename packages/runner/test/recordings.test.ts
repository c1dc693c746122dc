/** Recorded event streams of the real OpenCode, one scenario a file. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { largerTotals } from "../src/core/budget/reported.ts";
import { projectFrame, sessionOf, type OpencodeEvent } from "../src/core/opencode/project.ts";
import { newProgress, withEvent } from "../src/core/progress/progress.ts";
import { newTurn, type Effect } from "../src/core/turn/state.ts";
import { step } from "../src/core/turn/step.ts";

const FOLDER = join(import.meta.dirname, "recordings");
const names = readdirSync(FOLDER).filter((name) => name.endsWith(".jsonl"));
const limits = { graceMs: 10_000, runMaxMs: 3_600_000, downMs: 600_000, silenceMs: 600_000, autoResume: true };

const framesOf = (name: string): unknown[] =>
  readFileSync(join(FOLDER, name), "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line): unknown => JSON.parse(line));

function eventsOf(name: string): OpencodeEvent[] {
  const projected = framesOf(name).map(projectFrame);
  return projected.flatMap((frame) => (frame.kind === "event" ? [frame.event] : []));
}

/** All effects of a turn whose lead is the first session of the stream. */
function play(name: string): Effect[] {
  const events = eventsOf(name);
  const lead = events.map(sessionOf).find((id) => id !== undefined);
  let state = { ...newTurn(0), sends: 1, isStale: false };
  const effects: Effect[] = [];
  for (const event of events) {
    const made = step(
      state,
      { kind: "event", event, isLead: sessionOf(event) === lead },
      { now: 1, limits, chance: 0 },
    );
    effects.push(...made.effects);
    // Every asked snapshot finds the turn still going: only stored messages may end it.
    state = { ...made.state, isSnapshotAsked: false };
  }
  return effects;
}

describe.each(names)("recording %s", (name) => {
  it("is read without drift", () => {
    const drifts = framesOf(name)
      .map(projectFrame)
      .filter(({ kind }) => kind === "drift");
    expect(drifts).toEqual([]);
  });

  it("never ends a turn by events alone, and asks for a snapshot when it says idle", () => {
    const effects = play(name);
    expect(effects.filter(({ kind }) => kind === "end")).toEqual([]);
    const isAsking = /^(session\.idle|permission\.asked|question\.asked)$/;
    const asks = eventsOf(name).some(({ type }) => isAsking.test(type));
    expect(effects.some(({ kind }) => kind === "snapshot")).toBe(asks);
  });
});

it.each(names)("the sessions of %s say no more than was counted step by step", (name) => {
  const { totals, reported } = eventsOf(name).reduce(withEvent, newProgress(0));
  expect(largerTotals(totals, reported)).toEqual({ totals });
});

it("counts each tool call and each finished step of a turn once", () => {
  const progress = eventsOf("02-bash.jsonl").reduce(withEvent, newProgress(0));
  expect([progress.tools, progress.groups]).toEqual([1, [{ name: "echo", count: 1 }]]);
  expect(progress.totals.tokensInput).toBeGreaterThan(7000);
  expect(progress.totals.tokensInput).toBeLessThan(20_000);
});
