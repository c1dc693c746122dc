/** Says on GitHub what was promised; after an unclear end it first looks whether the words arrived. */
import type { ExecResult } from "@thor/domain/exec";
import type { OutboxPayload } from "@thor/domain/outbox";
import type { JsonAnswer } from "@thor/kit/pure/json-answer";
import type { Ledger, PromiseItem } from "@thor/ledger/port";
import type { Answer } from "@thor/slack/pure/answer";

import { findMarked, markerOf } from "../../core/github/gh-answers.ts";
import { localNameOf } from "../../core/github/keys.ts";
import { failureOf } from "../../core/plan/look-up-failure.ts";
import type { LookUpDeps } from "../look-up.ts";

type Said = Extract<OutboxPayload, { kind: `github.${string}` }>;
type Comment = Extract<Said, { kind: "github.comment" }>;

const PATHS = { issue_comment: "issues/comments", review_comment: "pulls/comments", issue: "issues" };

/** A command that ran and failed was refused by GitHub, or met a fault that passes. */
function answerOf(answer: JsonAnswer<ExecResult>): Answer<{ stdout: string }> {
  switch (answer.kind) {
    case "ok": {
      if (answer.body.exitCode === 0) return { kind: "ok", body: { stdout: answer.body.stdout } };
      const failure = failureOf(answer.body);
      return failure.kind === "refused"
        ? { kind: "refused", code: failure.reason }
        : { kind: "unknown", error: failure.error };
    }
    case "refused":
      // A fault there may have come after the words were said.
      return { kind: answer.status >= 500 ? "unknown" : "unreachable", error: `remote-cli: HTTP ${answer.status}` };
    case "unreachable":
    case "unknown":
      return answer;
  }
}

export interface SendGithubDeps extends LookUpDeps, Pick<Ledger, "promiseByKey"> {}

export function createSendGithub({ exec, directoryOf, promiseByKey }: SendGithubDeps) {
  const api = async (repo: string, args: readonly string[]) =>
    answerOf(await exec({ bin: "gh", args: ["api", "-X", ...args], cwd: directoryOf(localNameOf(repo)) }));

  /** The comment that carries a promise's mark; undefined when there is none. */
  const findComment = async (
    { repo, number }: Comment,
    promiseId: string,
  ): Promise<Answer<{ id: number } | undefined>> => {
    const listed = await api(repo, ["GET", `repos/${repo}/issues/${number}/comments`, "-f", "per_page=100"]);
    if (listed.kind !== "ok") return listed;
    const found = findMarked(listed.body.stdout, promiseId);
    if (found === "unreadable") return { kind: "unknown", error: "the comments are unreadable" };
    return { kind: "ok", body: found === "absent" ? undefined : found };
  };

  /** An edit is the same however often it is made. */
  const edit = async (said: Comment, promiseId: string): Promise<Answer<object> | "absent"> => {
    const found = await findComment(said, promiseId);
    if (found.kind !== "ok") return found;
    if (found.body === undefined) return "absent";
    const path = `repos/${said.repo}/issues/comments/${found.body.id}`;
    const edited = await api(said.repo, ["PATCH", path, "-f", `body=${said.body}\n\n${markerOf(promiseId)}`]);
    return edited.kind === "ok" ? { kind: "ok", body: {} } : edited;
  };

  const comment = async (item: PromiseItem, said: Comment): Promise<Answer<object>> => {
    const { repo, number, body, edits } = said;
    const earlier = edits === undefined ? undefined : await promiseByKey({ dedupeKey: edits });
    const edited = earlier === undefined ? "absent" : await edit(said, earlier.id);
    if (edited !== "absent") return edited;
    const path = `repos/${repo}/issues/${number}/comments`;
    if (item.maybeSent) {
      const found = await findComment(said, item.id);
      if (found.kind !== "ok") return found;
      if (found.body !== undefined) return { kind: "ok", body: {} };
    }
    const sent = await api(repo, ["POST", path, "-f", `body=${body}\n\n${markerOf(item.id)}`]);
    return sent.kind === "ok" ? { kind: "ok", body: {} } : sent;
  };

  return async (item: PromiseItem, said: Said): Promise<Answer<object>> => {
    if (said.kind === "github.comment") return comment(item, said);
    const path = `repos/${said.repo}/${PATHS[said.on]}/${said.id}/reactions`;
    const sent = await api(said.repo, ["POST", path, "-f", `content=${said.content}`]);
    return sent.kind === "ok" ? { kind: "ok", body: {} } : sent;
  };
}
export type SendGithub = ReturnType<typeof createSendGithub>;
