import { silentLog } from "@thor/kit/testing/silent-log";
import type { AuditInput } from "@thor/ledger/port";
import { expect, it } from "vitest";

import type { Call } from "../../core/call.ts";
import { parseGh, readGhWords } from "../../core/gh/command.ts";
import { ghUse } from "../../core/gh/use.ts";
import { createAssign, type AssignDeps } from "./assign.ts";
import type { GhPlan } from "./plan.ts";

const remote = { url: "https://github.com/acme/r", owner: "acme", repo: "r" };
const call: Call = {
  id: "c",
  tool: "gh",
  args: [],
  caller: { kind: "session", sessionId: "s", lineage: ["s"], anchorId: "a", channels: [], profile: undefined },
};
const PRINTED = "https://github.com/acme/r/pull/12\n";

function planOf(line: string, assignee: string | undefined): GhPlan {
  const words = readGhWords(line.split(" "), false);
  if (words.kind !== "command") throw new Error(words.kind);
  const parsed = parseGh(words, { root: "/", cwd: "/" });
  if (parsed.kind !== "ok") throw new Error("refused");
  const { command } = parsed;
  return {
    command,
    argv: [],
    use: ghUse(command),
    repo: "r",
    assignee,
    origin: { kind: "trusted", installationId: 7, remote },
  };
}

/** What was asked of the API, and what was written down, when it answers so. */
async function assigned(
  ask: AssignDeps["ask"],
  plan = planOf("pr create --title t --body-file -", "ada"),
  printed = PRINTED,
) {
  const asked: string[] = [];
  const notes: AuditInput[] = [];
  const assign = createAssign({
    log: silentLog,
    ask: (repository, what) => {
      asked.push(`${what.method} ${what.path}`);
      return ask(repository, what);
    },
    note: async (record) => notes.push(record) > 0,
    timeoutMs: 20,
  });
  await assign(call, plan, printed);
  return { asked, outcomes: notes.map(({ detail }) => detail?.["outcome"]) };
}

it("assigns to the person who asked when the git host says that it may, and never fails the command", async () => {
  expect(await assigned(async () => 204)).toEqual({
    asked: ["GET assignees/ada", "POST issues/12/assignees"],
    outcomes: ["applied"],
  });
  expect(await assigned(async () => 404)).toEqual({
    asked: ["GET assignees/ada"],
    outcomes: ["skipped_not_assignable"],
  });
  expect((await assigned(async (_, { method }) => (method === "GET" ? 204 : 500))).outcomes).toEqual(["api_rejected"]);
  expect((await assigned(() => Promise.reject(new Error("down")))).outcomes).toEqual(["api_rejected"]);
  expect((await assigned(() => new Promise(() => undefined))).outcomes).toEqual(["api_rejected"]);
  const nobody = planOf("pr create --title t --body-file -", undefined);
  expect(await assigned(async () => 204, nobody)).toEqual({ asked: [], outcomes: ["skipped_no_user_record"] });
});

it("leaves alone what names somebody, what makes nothing, and what printed no address", async () => {
  const named = planOf("pr create --title t --body-file - --assignee bob", "ada");
  const nothing = { asked: [], outcomes: [] };
  expect(await assigned(async () => 204, named)).toEqual(nothing);
  expect(await assigned(async () => 204, planOf("pr comment 1 --body-file -", "ada"))).toEqual(nothing);
  expect(await assigned(async () => 204, undefined, "done\n")).toEqual(nothing);
});
