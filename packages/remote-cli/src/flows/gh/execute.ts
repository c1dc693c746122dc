/** Carries out a decided gh call: a token for one repository and one purpose, then the child, then what follows from it. */
import type { Call, Outcome, Sink } from "../../core/call.ts";
import { decodedSink, exited, outcomeOfChild, type ChildEnded } from "../../core/child-outcome.ts";
import type { BrokerScope } from "../../core/gh/broker.ts";
import { permissionsOf, type TokenUse } from "../../core/github-token.ts";
import { limitsOf, type ChildLimits } from "../../core/limits.ts";
import type { Assign } from "./assign.ts";
import type { BindIssue } from "./bind-issue.ts";
import type { GhPlan } from "./plan.ts";

type Minted = { kind: "token"; token: string } | { kind: "failed"; text: string };

interface GhChild extends ChildLimits {
  argv: readonly string[];
  stdin?: string | undefined;
  scope: BrokerScope;
  /** The token for requests; `isRejected` says that the last one was not taken. */
  token: (isRejected: boolean) => Promise<Minted>;
  /** Files that gh downloads go here, one by one. */
  directory?: { root: string; path: string } | undefined;
  signal: AbortSignal;
  onStdout: (chunk: Uint8Array) => void;
  onStderr: (chunk: Uint8Array) => void;
}

export interface ExecuteGhDeps {
  /** Whose words Thor's are on the git host. */
  login: string;
  run: (run: GhChild) => Promise<ChildEnded>;
  mint: (request: { installationId: number; owner: string; repo: string; use: TokenUse }) => Promise<Minted>;
  evict: (token: string) => void;
  assign: Assign;
  /** Ties a new issue to the conversation that made it. */
  bindIssue: BindIssue;
}
export type ExecuteGh = (call: Call, plan: GhPlan, watching: { signal: AbortSignal; sink: Sink }) => Promise<Outcome>;

/** Who Thor is on the git host and what it may look at; no token. */
function statusText(login: string, { origin, use }: GhPlan): string {
  const { owner, repo } = origin.remote;
  const rights = Object.entries(permissionsOf(use.token, false)).map(([name, level]) => `${name}:${level}`);
  return `Logged in as ${login}\nRepository: ${owner}/${repo}\nPermissions: ${rights.join(", ")}\n`;
}

export function createGhExecute(deps: ExecuteGhDeps): ExecuteGh {
  return async (call, plan, { signal, sink }) => {
    const { argv, stdin, use, origin, command, directory } = plan;
    const { installationId, remote } = origin;
    const { owner, repo } = remote;
    let current: string | undefined;
    const token = async (isRejected: boolean) => {
      if (isRejected && current !== undefined) deps.evict(current);
      const minted = await deps.mint({ installationId, owner, repo, use: use.token });
      if (minted.kind === "token") current = minted.token;
      return minted;
    };
    const first = await token(false);
    if (first.kind === "failed") {
      sink("stderr", `${first.text}\n`);
      return exited(1);
    }
    if (command.spec.id === "auth.status") {
      sink("stdout", statusText(deps.login, plan));
      return exited(0);
    }
    const limits = limitsOf(command.spec.class, call.caller.kind === "service");
    let said = "";
    const out = decodedSink((stream, text) => {
      said = (said + text).slice(-4000);
      sink(stream, text);
    }, "stdout");
    const err = decodedSink(sink, "stderr");
    const scope = { ...use, owner, repo };
    const watched = { signal, onStdout: out.push, onStderr: err.push };
    const ended = await deps.run({ ...limits, argv, stdin, scope, token, directory, ...watched });
    out.end();
    err.end();
    const outcome = outcomeOfChild("gh", ended, { limits, sink });
    if (outcome.exitCode !== 0) return outcome;
    await deps.assign(call, plan, said);
    await deps.bindIssue(call, plan, { said, sink });
    return outcome;
  };
}
