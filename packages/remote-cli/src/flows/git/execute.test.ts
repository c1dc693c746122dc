import { silentLog } from "@thor/kit/testing/silent-log";
import { expect, it } from "vitest";

import type { Call } from "../../core/call.ts";
import type { ChildEnded } from "../../core/child-outcome.ts";
import { parseGit, readGitWords } from "../../core/git/command.ts";
import type { RepositoryPlace } from "../../core/git/place.ts";
import { renderCommand } from "../../core/grammar/render.ts";
import { createGitExecute, type ExecuteDeps } from "./execute.ts";

const place: RepositoryPlace = {
  kind: "repository",
  area: "worktree",
  repo: "r",
  root: "/w/worktrees/r/x",
  cwd: "/w/worktrees/r/x",
  gitDir: "/w/repos/r/.git/worktrees/x",
  commonDir: "/w/repos/r/.git",
  config: { kind: "ok", originUrls: [] },
};
const opened = { located: place, handlePath: "/proc/self/fd/9", close: () => Promise.resolve() };
const call: Call = { id: "c", tool: "git", caller: { kind: "service" }, args: [] };

/** Runs one command with a child that ends as told. */
async function run(
  line: string,
  end: ChildEnded["end"],
  { caller = call.caller, ...change }: Partial<ExecuteDeps> & { caller?: Call["caller"] } = {},
) {
  const words = readGitWords(line.split(" "), false);
  if (words.kind !== "command") throw new Error(words.kind);
  const parsed = parseGit(words, place);
  if (parsed.kind !== "ok") throw new Error(parsed.reason);
  const notes: string[] = [];
  const deps: ExecuteDeps = {
    log: silentLog,
    run: async () => ({ end }),
    lock: async (name) => {
      notes.push(`lock ${name}`);
      return { kind: "locked", unlock: async () => void notes.push("unlock") };
    },
    mint: async () => ({ kind: "failed", text: "no" }),
    evict: () => undefined,
    makeCloneDirectory: async () => "",
    moveClone: async () => true,
    discard: async () => undefined,
    makeParents: async () => "",
    lockFiles: async () => ({ removeNew: async () => void notes.push("lock files removed") }),
    learn: async () => void notes.push("learned"),
    ...change,
  };
  let stderr = "";
  const { command } = parsed;
  const outcome = await createGitExecute(deps)(
    { ...call, caller },
    { command, argv: renderCommand(command), opened, place },
    { signal: new AbortController().signal, sink: (_, text) => (stderr += text) },
  );
  return { code: outcome.exitCode, ended: outcome.ended, stderr, notes };
}

it.each([
  [{ kind: "exited", code: 128 }, 128, "exit", ""],
  [{ kind: "signalled", number: 11 }, 139, "exit", ""],
  [{ kind: "timeout" }, 124, "timeout", "[thor] stopped: timeout 60 s; narrow the command\n"],
  [{ kind: "capped" }, 141, "capped", "[thor] stopped: output over 1 MiB; narrow the command\n"],
  [{ kind: "cancelled" }, 130, "cancelled", ""],
  [{ kind: "not_found" }, 127, "spawn_failed", "git: not installed in this deployment\n"],
] as const)("reports a child that ended with %o", async (end, ...expected) => {
  const { code, ended, stderr, notes } = await run("log", end);
  expect([code, ended, stderr, notes]).toEqual([...expected, []]);
});

const session: Call["caller"] = {
  kind: "session",
  sessionId: "s",
  lineage: ["s"],
  anchorId: "a",
  channels: [],
  profile: undefined,
};

it("holds the worktree for a writer, and removes the lock files of one that was killed", async () => {
  expect((await run("add -A", { kind: "exited", code: 0 }, { caller: session })).notes).toEqual([
    `lock worktree:${place.root}`,
    "learned",
    "unlock",
  ]);
  expect((await run("add -A", { kind: "timeout" }, { caller: session })).notes).toEqual([
    `lock worktree:${place.root}`,
    "lock files removed",
    "unlock",
  ]);
  expect((await run("add -A", { kind: "exited", code: 0 })).notes).toEqual(["learned"]);
});

it("says that another command is running, and starts nothing", async () => {
  const busy = await run(
    "add -A",
    { kind: "exited", code: 0 },
    { lock: async () => ({ kind: "busy" }), run: () => Promise.reject(new Error("started")), caller: session },
  );
  expect(busy).toMatchObject({ code: 75, stderr: "another git command is running here\n" });
});
