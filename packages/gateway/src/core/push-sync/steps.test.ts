import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { nextStep, type Next, type PushFacts, type Seen, type StepName } from "./steps.ts";

const push: PushFacts = {
  branch: "feat/x",
  after: "b".repeat(40),
  isDeleted: false,
  isDefault: false,
  directory: "/w/worktrees/r/feat/x",
  mainClone: "/w/repos/r",
  stamp: "20260101T000000Z",
};
const fine = (stdout = "", exitCode = 0): Seen => ({ exitCode, stdout, stderr: "" });
const OLD = "a".repeat(40);

/** Walks to the end, with scripted answers; what is not scripted succeeds and says nothing. */
function walk(facts: PushFacts, script: Partial<Record<StepName, Seen>>) {
  const seen = new Map<StepName, Seen>();
  const ran: string[] = [];
  for (;;) {
    const next = nextStep(facts, seen);
    if (next.kind !== "run") return { end: next, ran };
    ran.push(next.args.join(" "));
    seen.set(next.name, script[next.name] ?? (next.name === "head" ? fine(`${OLD}\n`) : fine()));
  }
}
const statusOf = (end: Next) => (end.kind === "done" ? end.status : end.kind);

describe("the steps of a push", () => {
  it("follow a branch that only grew, without a backup", () => {
    const { end, ran } = walk(push, {});
    expect(end).toEqual({ kind: "done", status: "push_sync_worktree_fast_forwarded", previousHead: OLD });
    expect(ran).toEqual([
      "rev-parse HEAD",
      "status --porcelain",
      "fetch origin refs/heads/feat/x",
      "merge-base --is-ancestor HEAD FETCH_HEAD",
      "reset --hard FETCH_HEAD",
    ]);
    expect(statusOf(walk({ ...push, isDefault: true }, {}).end)).toBe("push_sync_default_branch_fast_forwarded");
  });

  it("keep diverged commits under a backup ref before anything moves", () => {
    const { end, ran } = walk(push, { ancestor: fine("", 1) });
    const backupRef = "refs/thor/backup/feat/x/20260101T000000Z";
    expect(end).toMatchObject({ status: "push_sync_worktree_reset", backupRef });
    expect(ran.indexOf(`update-ref ${backupRef} HEAD`)).toBeLessThan(ran.indexOf("reset --hard FETCH_HEAD"));
  });

  it("touch no uncommitted work, fetch for it, and know when nothing is to be done", () => {
    const dirty = walk(push, { status: fine(" M f\n") });
    expect([statusOf(dirty.end), dirty.ran.at(-1)]).toEqual([
      "push_sync_worktree_dirty",
      "fetch origin refs/heads/feat/x",
    ]);
    expect(statusOf(walk(push, { head: fine(push.after) }).end)).toBe("push_sync_already_up_to_date");
    expect(statusOf(walk({ ...push, directory: undefined }, {}).end)).toBe("push_sync_worktree_missing");
  });

  it("remove the clean folder of a deleted branch, and only that", () => {
    const deleted = { ...push, isDeleted: true };
    expect(walk(deleted, {}).ran.at(-1)).toBe("worktree remove /w/worktrees/r/feat/x");
    expect(statusOf(walk(deleted, { status: fine("?? new\n") }).end)).toBe("push_delete_worktree_dirty");
    expect(statusOf(walk(deleted, { remove: fine("", 1) }).end)).toBe("push_delete_cleanup_failed");
    expect(statusOf(walk({ ...deleted, directory: undefined }, {}).end)).toBe("push_delete_worktree_missing");
  });

  it("never move a folder that is dirty or whose commits are not kept, whatever git says", () => {
    const codes = fc.integer({ min: 0, max: 3 });
    const outputs = fc.constantFrom("", " M f\n", OLD);
    const answers = fc.record({ exitCode: codes, stdout: outputs, stderr: fc.constant("") });
    const names = ["head", "status", "fetch", "ancestor", "backup", "reset", "remove"] as const;
    const scripts = fc.tuple(...names.map(() => answers));
    fc.assert(
      fc.property(scripts, fc.boolean(), (given, isDeleted) => {
        const script = Object.fromEntries(names.map((name, at) => [name, given[at]]));
        const { ran } = walk({ ...push, isDeleted }, script);
        const moved = ran.some((args) => args.startsWith("reset") || args.startsWith("worktree remove"));
        const isClean = script["status"]?.exitCode === 0 && script["status"].stdout === "";
        const isKept = isDeleted || script["ancestor"]?.exitCode === 0 || script["backup"]?.exitCode === 0;
        expect(!moved || (isClean && isKept)).toBe(true);
      }),
    );
  });
});
