/** Turns that stand still, go in circles, outgrow their session, or fall silent. */
import { describe, expect, it } from "vitest";

import type { StepFinishPart, ToolPart } from "../opencode/project.ts";
import { MAX_PARK_MS, quotaResumeAt } from "./park.ts";
import { newTurn, type Effect, type TurnInput, type TurnState } from "./state.ts";
import { step } from "./step.ts";
import { newHabit, withHabit } from "./stuck.ts";
import type { Verdict } from "./verdict.ts";

const limits = { graceMs: 10_000, runMaxMs: 3_600_000, downMs: 600_000, silenceMs: 600_000, autoResume: true };
const MINUTE = 60_000;
const running = { phase: "running" as const, sends: 1, isStale: false };
type Timed = [at: number, input: TurnInput];

function play(inputs: readonly Timed[], from: Partial<TurnState> = {}, rules = limits) {
  let state: TurnState = { ...newTurn(0), ...from };
  const effects: Effect[] = [];
  for (const [now, input] of inputs) {
    const made = step(state, input, { now, limits: rules, chance: 0 });
    state = made.state;
    effects.push(...made.effects);
  }
  return { state, effects, kinds: effects.map(({ kind }) => kind) };
}
const tick: TurnInput = { kind: "tick" };
const found = (verdict: Verdict, more: Partial<Extract<TurnInput, { kind: "snapshot" }>> = {}): TurnInput => ({
  kind: "snapshot",
  verdict,
  nudges: 0,
  restarts: 0,
  isWaiting: false,
  ...more,
});
const live: Verdict = { kind: "live", isToolRunning: false };

describe("a parked turn", () => {
  const until = 30 * MINUTE;
  const parked = newTurn(0, { park: { why: "quota", since: 0, until, quotaParks: 1 } });

  it("does nothing before its time, then sends the same prompt once; a person may be earlier", () => {
    expect(
      play(
        [
          [1, { kind: "start" }],
          [2, tick],
          [until - 1, tick],
        ],
        parked,
      ).kinds,
    ).toEqual([]);
    const due = play(
      [
        [until, tick],
        [until + 1000, tick],
      ],
      parked,
    );
    expect([due.kinds.slice(0, 2), due.state.phase]).toEqual([["unpark", "send"], "resuming"]);
    expect(play([[1, { kind: "continue" }]], parked).kinds).toEqual(["unpark", "send"]);
  });

  it("waits for its button when that is wanted, ends after a day, and at once by Stop", () => {
    const asked = { ...limits, autoResume: false };
    expect(play([[until, tick]], parked, asked).kinds).toEqual([]);
    const late = play([[until + MAX_PARK_MS + 1, tick]], parked, asked);
    expect(late.effects).toMatchObject([{ kind: "end", reason: "parked_too_long" }]);
    expect(play([[1, { kind: "stop" }]], parked).effects).toMatchObject([{ status: "aborted", reason: "user_stop" }]);
    expect(play([[1, { kind: "over_budget", reason: "x" }]], parked).effects).toMatchObject([{ status: "budget" }]);
  });

  it("is not moved by what its session does, except that it is gone", () => {
    const idle: TurnInput = { kind: "event", isLead: true, event: { type: "session.idle", sessionID: "ses_1" } };
    const gone: TurnInput = { kind: "event", isLead: true, event: { type: "session.deleted", info: { id: "ses_1" } } };
    expect(
      play(
        [
          [1, idle],
          [2, found({ kind: "aborted" })],
        ],
        parked,
      ).kinds,
    ).toEqual([]);
    expect(play([[1, gone]], parked).effects).toMatchObject([{ kind: "end", reason: "session_deleted" }]);
  });

  it("takes what was there before its resume for old news, and sends again when nothing comes of it", () => {
    const before = found({ kind: "aborted" }, { lastAnswer: "msg_1" });
    const resumed = { ...running, phase: "resuming" as const, resumeSince: 0, resumedFrom: "msg_1" };
    expect(play([[1000, before]], resumed).kinds).toEqual([]);
    const newer = found({ kind: "completed", wasCut: false, text: "x" }, { lastAnswer: "msg_2" });
    expect(play([[1000, newer]], resumed).kinds).toEqual(["end"]);
  });

  it("waits as long as the provider says, within a minute and a day, longer each time it does not say", () => {
    const at = (more: object) => quotaResumeAt({ now: 0, parks: 0, chance: 0, ...more });
    expect([at({ until: 5 }), at({ until: 9e12 }), at({ until: 1e7 })]).toEqual([MINUTE, MAX_PARK_MS, 1e7]);
    expect([at({}), at({ parks: 1 }), at({ parks: 9 })]).toEqual([15 * MINUTE, 30 * MINUTE, 120 * MINUTE]);
    expect(at({ until: 1e7, chance: 0.5 })).toBe(1e7 + 30_000);
  });
});

describe("a turn in trouble", () => {
  it("that goes in circles is told once, then parked when its abort is proven", () => {
    const stuck: TurnInput = { kind: "stuck", what: "read 5 times" };
    const { kinds, effects } = play(
      [
        [1, stuck],
        [2, stuck],
        [3, found({ kind: "aborted" })],
      ],
      running,
    );
    expect(kinds).toEqual(["hint", "abort", "park"]);
    expect(effects[2]).toMatchObject({ park: { why: "stuck", note: "read 5 times" } });
  });

  it("that says nothing for ten minutes is asked once more, then parked; a tool at work or a question may take long", () => {
    const silent: Timed[] = [[10 * MINUTE + 1, tick]];
    expect(play([...silent, [10 * MINUTE + 2, found({ kind: "aborted" })]], running).kinds).toEqual(["abort", "send"]);
    const again = play([...silent, [10 * MINUTE + 2, found({ kind: "aborted" })]], { ...running, stuckHits: 1 });
    expect(again.effects.at(-1)).toMatchObject({ kind: "park", park: { why: "stuck" } });
    expect(play(silent, { ...running, isToolRunning: true }).kinds).toEqual(["snapshot"]);
    expect(play(silent, { ...running, isWaiting: true }).kinds).toEqual(["snapshot"]);
  });

  it("that outgrew its session gets a fresh one, once", () => {
    expect(play([[1, found({ kind: "overflow" })]], running).kinds).toEqual(["replace"]);
    expect(play([[1, found({ kind: "overflow" })]], { ...running, mayReplace: false }).effects).toMatchObject([
      { kind: "end", error: "Context window exceeded" },
    ]);
    const failed: TurnInput = { kind: "not_replaced", error: "no" };
    expect(
      play(
        [
          [1, found({ kind: "overflow" })],
          [2, failed],
        ],
        running,
      ).kinds,
    ).toEqual(["replace", "end"]);
  });

  it("whose OpenCode stays away for ten minutes, or that was cut off too long ago, waits for people", () => {
    const away = play(
      [
        [0, { kind: "gap_open" }],
        [10 * MINUTE + 1, tick],
      ],
      running,
    );
    expect(away.effects).toMatchObject([{ kind: "park", park: { why: "runtime_down" } }]);
    const cut = found({ kind: "unanswered" });
    const old = { ...running, heardAt: -31 * MINUTE };
    expect(
      play(
        [
          [1, cut],
          [5000, cut],
        ],
        old,
      ).effects,
    ).toMatchObject([{ kind: "park", park: { why: "restart" } }]);
  });

  it("has a deadline of working time only, and a budget that is asked to stop it once", () => {
    const short = { ...limits, runMaxMs: 1000 };
    const waits = found(live, { isWaiting: true });
    expect(
      play(
        [
          [1, waits],
          [900_000, tick],
        ],
        running,
        short,
      ).kinds,
    ).not.toContain("abort");
    expect(
      play(
        [
          [1, found(live)],
          [2000, tick],
        ],
        running,
        short,
      ).kinds,
    ).toContain("abort");
    const over: TurnInput = { kind: "over_budget", reason: "$1.00 for one run" };
    const { kinds, effects } = play(
      [
        [1, over],
        [2, over],
        [3, found({ kind: "aborted" })],
      ],
      running,
    );
    expect(kinds).toEqual(["abort", "end"]);
    expect(effects[1]).toMatchObject({ status: "budget", reason: "$1.00 for one run" });
    expect(play([[1, over]]).effects).toMatchObject([{ kind: "end", status: "budget" }]);
  });
});

describe("going in circles", () => {
  let serial = 0;
  const call = (command: string, output: string, error?: string): ToolPart => ({
    id: `prt_${(serial += 1)}`,
    sessionID: "ses_1",
    messageID: "msg_1",
    type: "tool",
    tool: "bash",
    callID: "c",
    state:
      error === undefined
        ? { status: "completed", input: { command }, output }
        : { status: "error", input: { command }, error },
  });
  const finish = (): StepFinishPart => ({
    id: `prt_${(serial += 1)}`,
    sessionID: "ses_1",
    messageID: "msg_1",
    type: "step-finish",
    cost: 0,
    tokens: { input: 1, output: 1, reasoning: 0, cache: { read: 0, write: 0 } },
  });
  const hits = (parts: Parameters<typeof withHabit>[1][]) => {
    let habit = newHabit;
    return parts.flatMap((part) => {
      const seen = withHabit(habit, part);
      ({ habit } = seen);
      return seen.repeated ?? [];
    });
  };
  const times = (n: number, make: (at: number) => ToolPart | StepFinishPart) =>
    Array.from({ length: n }, (_, at) => make(at));

  it("is the same call with the same result five times in a row, and no less", () => {
    expect(hits(times(5, () => call("ls", "a")))).toEqual(["ls 5 times"]);
    expect(hits(times(4, () => call("ls", "a")))).toEqual([]);
    expect(hits(times(9, (at) => call("ls", String(at))))).toEqual([]);
    expect(hits(times(10, () => call("ls", "a")))).toEqual(["ls 5 times", "ls 5 times"]);
  });

  it("is the same error four times although its numbers differ, and two calls in turn five times", () => {
    expect(hits(times(4, (at) => call(`cat ${at}`, "", `no file ${at}`)))).toEqual(["cat 4 times"]);
    expect(hits(times(10, (at) => call(at % 2 === 0 ? "ls" : "pwd", "same")))).toEqual(["ls and pwd 5 times"]);
  });

  it("is three steps in a row without a word or a call, and an update of a part counts once", () => {
    expect(hits(times(3, finish))).toEqual(["steps without a word or a call 3 times"]);
    const one = call("ls", "a");
    expect(hits([one, one, one, one, one])).toEqual([]);
  });
});
