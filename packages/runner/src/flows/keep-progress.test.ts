import { eventually } from "@thor/kit/testing/eventually";
import { silentLog } from "@thor/kit/testing/silent-log";
import type { ProgressMessage } from "@thor/ledger/port";
import { expect, it } from "vitest";

import { createProgressKeeper, type KeepProgressDeps } from "./keep-progress.ts";

const place = { channel: "C1", threadTs: "1.000001" };

function slack(answers: { post?: "unknown"; update?: "message_not_found" } = {}) {
  const calls: string[] = [];
  const saved: ProgressMessage[] = [];
  let clock = 0;
  const deps: KeepProgressDeps = {
    log: silentLog,
    now: () => (clock += 20_000),
    pause: () => Promise.resolve(),
    saveProgress: (row) => {
      saved.push(row);
      return Promise.resolve({ kind: "saved" });
    },
    post: (_place, { text }) => {
      calls.push(`post ${text}`);
      return Promise.resolve(
        answers.post === "unknown" ? { kind: "unknown", error: "cut" } : { kind: "ok", body: { ts: "9.000001" } },
      );
    },
    update: (_at, { text }) => {
      calls.push(`update ${text}`);
      return Promise.resolve(
        answers.update === undefined ? { kind: "ok", body: {} } : { kind: "refused", code: answers.update },
      );
    },
    findControl: () => {
      calls.push("find");
      return Promise.resolve({ kind: "ok", body: { ts: "9.000001" } });
    },
  };
  return { deps, calls, saved };
}
const shown = (text: string, tools = 3) => ({ text, buttons: [], tools, state: "working" as const, elapsedMs: 0 });
const done = { text: "done", buttons: [] };

it("stays silent for short work, posts once at the third call, edits, and ends with the final text", async () => {
  const { deps, calls, saved } = slack();
  const keeper = createProgressKeeper(deps, { triggerId: "t1", place });
  keeper.show(shown("two", 2));
  keeper.show(shown("three"));
  await eventually("the post", () => calls.length === 1);
  expect(await keeper.isLive()).toBe(true);
  keeper.show(shown("four"));
  await keeper.finish(done);
  keeper.show(shown("late"));
  expect(calls).toEqual(["post three", "update four", "update done"]);
  expect(saved.at(-1)).toMatchObject({ state: "final", messageTs: "9.000001" });
  expect(saved.map(({ rev }) => rev)).toEqual(saved.map((_row, at) => at + 1));
});

it("looks for a message whose post got no answer before it posts again", async () => {
  const { deps, calls } = slack({ post: "unknown" });
  const keeper = createProgressKeeper(deps, { triggerId: "t1", place });
  keeper.show(shown("three"));
  await eventually("the post", () => calls.length === 1);
  await keeper.finish(done);
  expect(calls).toEqual(["post three", "find", "update done"]);
});

it("adopts the message of an earlier process, and leaves one alone that somebody deleted", async () => {
  const stored: ProgressMessage = {
    triggerId: "t1",
    ...place,
    messageTs: "9.000001",
    rev: 4,
    digest: "",
    state: "live",
  };
  const adopting = slack();
  await createProgressKeeper(adopting.deps, { triggerId: "t1", place, stored }).finish(done);
  expect(adopting.calls).toEqual(["update done"]);
  const deleted = slack({ update: "message_not_found" });
  const keeper = createProgressKeeper(deleted.deps, { triggerId: "t1", place, stored });
  await keeper.finish(done);
  await keeper.finish(done);
  expect(deleted.calls).toEqual(["update done"]);
  expect(deleted.saved.at(-1)?.state).toBe("gone");
});
