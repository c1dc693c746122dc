/** What Thor made for a person is assigned to that person; nothing of it can fail or delay the command. */
import type { Log } from "@thor/kit/flow/log";
import type { AuditInput } from "@thor/ledger/port";

import type { Call } from "../../core/call.ts";
import type { TokenUse } from "../../core/github-token.ts";
import type { GhPlan } from "./plan.ts";

interface Asking {
  installationId: number;
  owner: string;
  repo: string;
  use: TokenUse;
}
export interface AssignDeps {
  log: Log;
  /** The status that the API answered, if it did. */
  ask: (
    repository: Asking,
    asked: { method: "GET" | "POST"; path: string; body?: unknown },
  ) => Promise<number | undefined>;
  note: (record: AuditInput) => Promise<boolean>;
  timeoutMs: number;
}
export type Assign = (call: Call, plan: GhPlan, printed: string) => Promise<void>;
type Assigned = "applied" | "skipped_no_user_record" | "skipped_not_assignable" | "api_rejected";

const MADE = /\/(?:pull|issues)\/(\d+)\s*$/;
const MAKING = new Set(["pr.create", "issue.create"]);

const isSuccess = (status: number | undefined) => status !== undefined && status >= 200 && status < 300;

async function assign(deps: AssignDeps, plan: GhPlan, number: string): Promise<Assigned> {
  const { assignee, origin, use } = plan;
  if (assignee === undefined) return "skipped_no_user_record";
  const { owner, repo } = origin.remote;
  const repository = { installationId: origin.installationId, owner, repo, use: use.token };
  const may = await deps.ask(repository, { method: "GET", path: `assignees/${assignee}` });
  if (!isSuccess(may)) return "skipped_not_assignable";
  const path = `issues/${number}/assignees`;
  const done = await deps.ask(repository, { method: "POST", path, body: { assignees: [assignee] } });
  return isSuccess(done) ? "applied" : "api_rejected";
}

/** Bounded by a time limit; every outcome is written down. */
export function createAssign(deps: AssignDeps): Assign {
  const { log, note, timeoutMs } = deps;
  return async (call, plan, printed) => {
    const number = MADE.exec(printed)?.[1];
    const hasNamed = plan.command.options.some(({ name }) => name === "--assignee");
    if (!MAKING.has(plan.command.spec.id) || number === undefined || hasNamed || call.caller.kind !== "session") return;
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<Assigned>((resolve) => {
      timer = setTimeout(() => resolve("api_rejected"), timeoutMs);
    });
    const outcome = await Promise.race([assign(deps, plan, number).catch(() => "api_rejected" as const), tooLate]);
    clearTimeout(timer);
    log.info({ event: "attribution_applied", surface: "gh-assignee", outcome }, "assignee of what was made");
    const { anchorId, sessionId, trigger } = call.caller;
    await note({
      service: "remote-cli",
      event: "attribution_applied",
      actorKind: "agent",
      actor: sessionId,
      anchorId,
      sessionId,
      triggerId: trigger?.id,
      target: "gh",
      decision: "allow",
      rule: plan.command.spec.id,
      detail: { surface: "gh-assignee", outcome },
    });
  };
}
