import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { StoredMessage } from "../opencode/project.ts";
import { promptIds } from "../prompt-ids.ts";
import { newTurn, type Effect, type TurnInput, type TurnState } from "./state.ts";
import { step } from "./step.ts";
import { verdict, type Verdict } from "./verdict.ts";

const RUN = "01900000-0000-7000-8000-000000000001";
const limits = { graceMs: 10_000, runMaxMs: 3_600_000, downMs: 600_000, silenceMs: 600_000, autoResume: true };
const tokens = { input: 5, output: 1, reasoning: 0, cache: { read: 0, write: 0 } };

let clock = 0;
const user = (id: string, parts: StoredMessage["parts"] = []): StoredMessage => ({
  info: { id, sessionID: "ses_1", role: "user", time: { created: (clock += 1) } },
  parts,
});
const assistant = (info: object, parts: StoredMessage["parts"] = []): StoredMessage => ({
  info: {
    id: `msg_a${(clock += 1)}`,
    sessionID: "ses_1",
    role: "assistant",
    tokens,
    time: { created: clock, completed: clock },
    ...info,
  },
  parts,
});
/** A message that nobody closed. */
const open = (parts: StoredMessage["parts"]): StoredMessage => assistant({ time: { created: (clock += 1) } }, parts);
const text = (words: string): StoredMessage["parts"][number] => ({
  id: "prt_t",
  sessionID: "ses_1",
  messageID: "m",
  type: "text",
  text: words,
});
const tool = (status: "running" | "completed"): StoredMessage["parts"][number] => ({
  id: "prt_x",
  sessionID: "ses_1",
  messageID: "m",
  type: "tool",
  tool: "bash",
  callID: "c",
  state: { status, title: "git push" },
});
const prompt = () => user(promptIds(RUN, "s1").messageId);
const idle = { type: "idle" as const };
const judge = (...messages: StoredMessage[]) => verdict({ status: idle, messages }, RUN);

describe("verdict of stored messages", () => {
  it.each<[string, Verdict["kind"], () => StoredMessage[]]>([
    ["nothing stored", "not_sent", () => []],
    ["a prompt alone", "unanswered", () => [prompt()]],
    ["an answer", "completed", () => [prompt(), assistant({ finish: "stop" }, [text("done")])]],
    ["an answer cut by length", "completed", () => [prompt(), assistant({ finish: "length" }, [text("do")])]],
    ["an empty answer", "empty", () => [prompt(), assistant({ finish: "stop" }, [text(" ")])]],
    ["a tool call without words", "completed", () => [prompt(), assistant({ finish: "stop" }, [tool("completed")])]],
    ["an open message", "interrupted", () => [prompt(), open([tool("running")])]],
    ["an abort", "aborted", () => [prompt(), assistant({ error: { name: "MessageAbortedError" } })]],
    ["an abort in a pause", "aborted", () => [prompt(), assistant({ tokens: { ...tokens, input: 0, output: 0 } })]],
    [
      "a refused key",
      "config_error",
      () => [prompt(), assistant({ error: { name: "APIError", data: { statusCode: 401 } } })],
    ],
    ["an overflow", "overflow", () => [prompt(), assistant({ error: { name: "ContextOverflowError" } })]],
    ["a failure after words", "failed", () => [prompt(), assistant({ error: { name: "APIError" } }, [text("half")])]],
    [
      "a failure before words",
      "failed_empty",
      () => [prompt(), assistant({ error: { name: "X" }, tokens: undefined })],
    ],
    [
      "a nudge after a failure",
      "unanswered",
      () => [prompt(), assistant({ error: { name: "X" } }), user(promptIds(RUN, "c1").messageId)],
    ],
    [
      "a foreign prompt after the answer",
      "completed",
      () => [prompt(), assistant({ finish: "stop" }, [text("a")]), user("msg_other")],
    ],
  ])("calls %s %s", (_name, kind, messages) => {
    expect(judge(...messages()).kind).toBe(kind);
  });

  it("arms another nudge only when something was produced since the last one", () => {
    const failed = () => assistant({ error: { name: "X" }, tokens: undefined });
    const nudge = () => user(promptIds(RUN, "c1").messageId);
    expect(judge(prompt(), failed(), nudge(), failed())).toMatchObject({ kind: "failed_empty", isArmed: false });
    const spoken = () => assistant({ finish: "tool-calls" }, [text("so far")]);
    expect(judge(prompt(), failed(), nudge(), spoken(), failed())).toMatchObject({ isArmed: true });
    expect(judge(prompt(), failed())).toMatchObject({ isArmed: true });
  });

  it("names the tool that a restart cut, and takes the last words as the answer", () => {
    expect(judge(prompt(), open([tool("running")]))).toMatchObject({
      tool: { name: "bash", title: "git push" },
    });
    const turn = [
      prompt(),
      assistant({ finish: "tool-calls" }, [text("first"), tool("completed")]),
      assistant({ finish: "stop" }, [text("last")]),
    ];
    expect(judge(...turn)).toMatchObject({ kind: "completed", text: "last", wasCut: false });
  });

  it("never calls a busy session ended", () => {
    const messages = [prompt(), assistant({ finish: "stop" }, [text("done")])];
    expect(verdict({ status: { type: "busy" }, messages }, RUN).kind).toBe("live");
  });
});

/** Plays inputs one second apart; snapshots and sends answer as told. */
function play(inputs: readonly TurnInput[], from: Partial<TurnState> = {}) {
  let state: TurnState = { ...newTurn(0), isStale: false, ...from };
  const effects: Effect[] = [];
  for (const [at, input] of inputs.entries()) {
    const made = step(state, input, { now: (at + 1) * 1000, limits, chance: 0 });
    state = made.state;
    effects.push(...made.effects);
  }
  return { state, effects, kinds: effects.map(({ kind }) => kind) };
}
const found = (judged: Verdict, more: { nudges?: number; restarts?: number } = {}): TurnInput => ({
  kind: "snapshot",
  verdict: judged,
  nudges: 0,
  restarts: 0,
  isWaiting: false,
  ...more,
});
const running = { phase: "running" as const, sends: 1 };
const status = (state: "busy" | "idle"): TurnInput => ({
  kind: "event",
  isLead: true,
  event: { type: "session.status", sessionID: "ses_1", status: { type: state } },
});
const failure: TurnInput = {
  kind: "event",
  isLead: true,
  event: { type: "session.error", error: { message: "boom" } },
};
const completed: Verdict = { kind: "completed", wasCut: false, text: "done" };

describe("turn", () => {
  it("looks first, sends what is not stored, and ends with the proven answer", () => {
    const { kinds, effects } = play([
      { kind: "start" },
      found({ kind: "not_sent" }),
      { kind: "sent", result: "ok" },
      found({ kind: "live", isToolRunning: false }),
      status("idle"),
      found(completed),
    ]);
    expect(kinds).toEqual(["snapshot", "send", "snapshot", "end"]);
    expect(effects.at(-1)).toMatchObject({ status: "completed", answer: "done" });
  });

  it("sends a fresh prompt unasked, and asks for it only when nothing is heard of it", () => {
    const begun: TurnInput[] = [
      { kind: "start", isFresh: true },
      { kind: "sent", result: "ok" },
    ];
    const tick: TurnInput = { kind: "tick" };
    expect(play([...begun, tick, tick]).kinds).toEqual(["send", "snapshot"]);
    const info = { id: "msg_1", sessionID: "ses_1", role: "user" as const, time: { created: 1 } };
    const heard: TurnInput = { kind: "event", isLead: true, event: { type: "message.updated", info } };
    const told = play([...begun, heard, tick, tick]);
    expect([told.kinds, told.state.phase]).toEqual([["send"], "running"]);
    expect(play([{ kind: "start", isFresh: true }], running).kinds).toEqual(["snapshot"]);
  });

  it("that somebody else began is watched to its end, or until it would need driving, and can be stopped", () => {
    const foreign = { ...running, isWatched: true };
    expect(play([found(completed)], foreign).effects).toMatchObject([{ kind: "end", status: "completed" }]);
    const cut = found({ kind: "failed_empty", error: "x", isArmed: true });
    expect(play([cut], foreign).effects).toMatchObject([{ kind: "end", status: "error", reason: "not_ours" }]);
    expect(play([{ kind: "stuck", what: "echo" }], foreign).kinds).toEqual([]);
    expect(play([{ kind: "stop" }], foreign).kinds).toEqual(["abort"]);
  });

  it("sends again after pauses that grow, then gives up with a reason", () => {
    const failed: TurnInput = { kind: "sent", result: "failed", detail: "no" };
    const tick: TurnInput = { kind: "tick" };
    expect(play([found({ kind: "not_sent" }), failed, tick, failed]).kinds).toEqual(["send", "send"]);
    expect(play([failed], { sends: 6 }).effects[0]).toMatchObject({
      kind: "end",
      reason: "prompt_not_accepted",
      error: "no",
    });
  });

  it("holds an error until the stored messages speak, and forgets it when output follows", () => {
    const delta: TurnInput = { kind: "event", isLead: true, event: { type: "message.part.delta", sessionID: "ses_1" } };
    const recovered = play([failure, delta], running);
    expect([recovered.state.phase, recovered.state.recovered]).toEqual(["running", 1]);
    expect(play([failure, found({ kind: "failed", error: "boom" })], running).effects.at(-1)).toMatchObject({
      status: "error",
      error: "boom",
    });
    expect(play([failure, found({ kind: "live", isToolRunning: false })], running).kinds).toEqual(["snapshot"]);
  });

  it("ends at once with the error when the prompt was never stored", () => {
    expect(play([failure, found({ kind: "not_sent" })], { ...running, phase: "opening" }).effects.at(-1)).toMatchObject(
      { reason: "config_error", error: "boom" },
    );
  });

  it("nudges a turn that failed without a word three times at most", () => {
    const empty: Verdict = { kind: "failed_empty", error: "overloaded", isArmed: true };
    expect(play([found(empty, { nudges: 2 })], running).effects).toEqual([{ kind: "nudge", number: 3 }]);
    expect(play([found({ ...empty, isArmed: false }, { nudges: 1 })], running).kinds).toEqual(["end"]);
    expect(play([found(empty, { nudges: 3 })], running).effects[0]).toMatchObject({
      kind: "end",
      status: "error",
      error: "overloaded",
    });
  });

  const tick: TurnInput = { kind: "tick" };
  const twice = (judged: Verdict, more = {}) => [found(judged, more), tick, found(judged, more)];

  it("continues a turn that stays cut off: the same prompt, or a note when a tool was running", () => {
    expect(play(twice({ kind: "unanswered" }), running).kinds).toEqual(["snapshot", "send"]);
    const cut = { kind: "interrupted" as const, tool: { name: "bash", title: "git push" } };
    expect(play(twice(cut), running).effects[1]).toEqual({ kind: "restart_note", number: 1, tool: cut.tool });
    expect(play(twice(cut, { restarts: 3 }), running).effects[1]).toMatchObject({ park: { why: "restart" } });
  });

  it("does not resume an aborted turn whose last message is closed just after its idle", () => {
    const { effects } = play(
      [status("idle"), found({ kind: "interrupted" }), tick, found({ kind: "aborted" })],
      running,
    );
    expect(effects.at(-1)).toMatchObject({ kind: "end", status: "aborted", reason: "aborted_elsewhere" });
    expect(effects.filter(({ kind }) => kind === "send")).toEqual([]);
  });

  it("looks again when something happened while it was looking", () => {
    const looking = { ...running, isSnapshotAsked: true };
    expect(play([status("idle"), found({ kind: "live", isToolRunning: false })], looking).kinds).toEqual(["snapshot"]);
    expect(play([found({ kind: "live", isToolRunning: false })], looking).kinds).toEqual([]);
  });

  it("does not take a missing prompt as refused while the answer to its send is out", () => {
    const opening = { phase: "opening" as const, sends: 1, isSending: true };
    expect(play([failure, found({ kind: "not_sent" })], opening).kinds).toEqual(["snapshot"]);
  });

  it("does not hold an abort of an earlier turn against this one", () => {
    const abort: TurnInput = {
      kind: "event",
      isLead: true,
      event: { type: "session.error", error: { name: "MessageAbortedError" } },
    };
    expect(play([abort, found({ kind: "not_sent" })], { phase: "opening", sends: 1 }).kinds).toEqual(["snapshot"]);
    expect(play([abort], running).state.phase).toBe("running");
  });

  it("lets go of an error when the turn still works after its grace, and looks no more than usual", () => {
    const grace = { ...running, phase: "grace" as const, heldError: { text: "boom", since: -limits.graceMs } };
    const { state, kinds } = play([tick, found({ kind: "live", isToolRunning: false }), tick, tick], grace);
    expect([state.phase, state.heldError, kinds]).toEqual(["running", undefined, ["snapshot"]]);
  });

  it("does not begin a run that waited too long for its start", () => {
    const parked = play([found({ kind: "not_sent" })], { mayBegin: false });
    expect(parked.effects).toMatchObject([{ kind: "park", park: { why: "start_lost" } }]);
    expect(play([{ kind: "continue" }], parked.state).kinds).toEqual(["unpark", "send"]);
  });

  it("sends nothing while the event stream is broken", () => {
    const due = { phase: "opening" as const, sends: 1, sendDueAt: 0 };
    expect(play([{ kind: "gap_open" }, tick], due).kinds).toEqual([]);
    expect(play([tick], due).kinds).toEqual(["send"]);
  });

  it("ends when its session can not be made to stop", () => {
    expect(play([{ kind: "unresponsive" }], running).effects[0]).toMatchObject({ reason: "session_unresponsive" });
  });

  it("counts the errors that it survived", () => {
    const retry = (attempt: number, next: number): TurnInput => found({ kind: "retry", attempt, message: "x", next });
    const oneStep = [retry(1, 2000), retry(1, 2000), retry(2, 4000)];
    const inAnotherStep = retry(1, 9000);
    const { effects } = play([...oneStep, status("busy"), inAnotherStep, found(completed)], running);
    expect(effects[0]).toMatchObject({ recovered: 3 });
  });

  it("judges nothing while the event stream is broken", () => {
    const { kinds, state } = play([{ kind: "gap_open" }, { kind: "tick" }], running);
    expect([kinds, state.isStale]).toEqual([[], true]);
    expect(play([{ kind: "gap_open" }, { kind: "gap_closed" }], running).kinds).toEqual(["snapshot"]);
  });

  it("stops an endless provider retry and waits for its quota", () => {
    const retry: TurnInput = {
      kind: "event",
      isLead: true,
      event: {
        type: "session.status",
        sessionID: "ses_1",
        status: { type: "retry", attempt: 6, message: "quota", next: 2000 },
      },
    };
    const { kinds, effects } = play([retry, found({ kind: "aborted" })], running);
    expect(kinds).toEqual(["abort", "park"]);
    expect(effects[1]).toMatchObject({ park: { why: "quota", note: "quota", until: 62_000, quotaParks: 1 } });
  });

  it("lets events of a child neither end nor disturb the lead", () => {
    expect(play([{ ...failure, isLead: false }], running).state.phase).toBe("running");
  });

  it("does nothing after its end, ends once, and never throws, whatever comes", () => {
    const kinds: Verdict[] = [
      completed,
      { kind: "live", isToolRunning: false },
      { kind: "not_sent" },
      { kind: "unanswered" },
      { kind: "interrupted" },
      { kind: "aborted" },
      { kind: "overflow" },
      { kind: "empty" },
      { kind: "failed", error: "x" },
      { kind: "failed_empty", error: "x", isArmed: true },
      { kind: "config_error", error: "x" },
      { kind: "retry", attempt: 9, message: "x", next: 0 },
    ];
    const inputs: TurnInput[] = [
      { kind: "start" },
      { kind: "tick" },
      { kind: "gap_open" },
      { kind: "gap_closed" },
      { kind: "snapshot_failed" },
      { kind: "sent", result: "ok" },
      { kind: "sent", result: "failed" },
      { kind: "sent", result: "missing" },
      { kind: "unresponsive" },
      failure,
      status("busy"),
      status("idle"),
      ...kinds.map((judged) => found(judged)),
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...inputs), { maxLength: 60 }), (sequence) => {
        const { kinds: made } = play(sequence);
        const end = made.indexOf("end");
        expect(made.slice(end === -1 ? made.length : end)).toEqual(end === -1 ? [] : ["end"]);
      }),
    );
  });
});
