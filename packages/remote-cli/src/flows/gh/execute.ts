import type { Outcome, Sink } from "../../core/call.ts";
/** Carries out a decided gh call: a token for one repository and one purpose, then the child. */
import type { ChildEnded } from "../../core/child-outcome.ts";
import { decodedSink, outcomeOfChild } from "../../core/child-outcome.ts";
import type { GhUse } from "../../core/gh/table.ts";
import { gitLimits, type GitLimits } from "../../core/git/limits.ts";
import type { GhPlan } from "./plan.ts";

interface GhChild extends GitLimits {
  argv: readonly string[];
  owner: string;
  repo: string;
  token: string;
  signal: AbortSignal;
  onStdout: (chunk: Uint8Array) => void;
  onStderr: (chunk: Uint8Array) => void;
}

export interface ExecuteGhDeps {
  run: (run: GhChild) => Promise<ChildEnded>;
  mint: (request: {
    installationId: number;
    owner: string;
    repo: string;
    use: GhUse;
  }) => Promise<{ kind: "token"; token: string } | { kind: "failed"; text: string }>;
  evict: (token: string) => void;
}
export type ExecuteGh = (plan: GhPlan, watching: { signal: AbortSignal; sink: Sink }) => Promise<Outcome>;

const rejected = /HTTP 401|Bad credentials/;

export const createGhExecute =
  ({ run, mint, evict }: ExecuteGhDeps): ExecuteGh =>
  async ({ argv, use, origin }, { signal, sink }) => {
    const { installationId, remote } = origin;
    const { owner, repo } = remote;
    const minted = await mint({ installationId, owner, repo, use });
    if (minted.kind === "failed") {
      sink("stderr", `${minted.text}\n`);
      return { stdout: "", stderr: "", exitCode: 1, ended: "exit" };
    }
    const { token } = minted;
    const limits = gitLimits("network", true);
    let said = "";
    const out = decodedSink(sink, "stdout");
    const err = decodedSink((stream, text) => {
      said = (said + text).slice(-4000);
      sink(stream, text);
    }, "stderr");
    const ended = await run({ ...limits, argv, owner, repo, token, signal, onStdout: out.push, onStderr: err.push });
    out.end();
    err.end();
    if (rejected.test(said)) evict(token);
    return outcomeOfChild("gh", ended, { limits, sink });
  };
