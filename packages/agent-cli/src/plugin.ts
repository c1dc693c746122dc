/**
 * OpenCode's hooks: every command gets its session's token, every file tool stays in its conversation, every model call
 * gets the repository's guide. A hook that throws fails the call, which is wanted: without a pass nothing works.
 * This file exports functions only and imports node: modules and its neighbours only; anything else would make OpenCode
 * skip it, and that would fail open.
 */
import { join } from "node:path";

import type { Pass } from "@thor/domain/pass";

import { judgeTool, type Scope } from "./file-scope.ts";
import { readPass, readWorktrees } from "./pass-file.ts";

const WAIT_MS = 5000;
const POLL_MS = 50;
const SEARCH_NOTE = "Searches stay inside this conversation's directories; links are not followed.";

interface Places {
  passes: string;
  repos: string;
  memory: string;
  agentTmp: string;
}

function places(): Places {
  const {
    THOR_PASSES_DIR: passes = "/run/thor/passes",
    THOR_WORKSPACE_DIR: workspace = "/workspace",
    THOR_AGENT_TMP_DIR: agentTmp = "/agent-tmp",
  } = process.env;
  return { passes, repos: join(workspace, "repos"), memory: join(workspace, "memory"), agentTmp };
}

const notAdmitted = () => new Error("this session is not admitted");

/** The pass of a session; a child's may come a moment after the child. */
async function awaitPass(sessionId: string): Promise<Pass> {
  const until = Date.now() + WAIT_MS;
  for (;;) {
    const pass = readPass(places().passes, sessionId, Date.now());
    if (pass !== undefined) return pass;
    if (Date.now() >= until) throw notAdmitted();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function scopeOf(pass: Pass): Scope {
  const { repos, memory, agentTmp } = places();
  const tmp = join(agentTmp, pass.anchor);
  const own = [...readWorktrees(pass), tmp];
  const isMainClone = pass.cwd === repos || pass.cwd.startsWith(`${repos}/`);
  const notes = { root: memory, files: pass.memory ?? [] };
  return { cwd: pass.cwd, tmp, notes, readable: [pass.cwd, ...own], writable: isMainClone ? own : [pass.cwd, ...own] };
}

/**
 * The one export: what OpenCode calls to get its hooks.
 * @public
 */
export const ThorPlugin = async () => ({
  "shell.env": async (input: { sessionID?: string; callID?: string }, output: { env: Record<string, string> }) => {
    const pass = await awaitPass(input.sessionID ?? "");
    output.env["THOR_OPENCODE_SESSION_ID"] = pass.session;
    output.env["THOR_OPENCODE_SESSION_TOKEN"] = pass.token;
    output.env["THOR_OPENCODE_CALL_ID"] = input.callID ?? "";
  },
  "tool.execute.before": async (
    input: { tool: string; sessionID: string },
    output: { args: Record<string, unknown> },
  ) => {
    const pass = await awaitPass(input.sessionID);
    const verdict = judgeTool(input.tool, output.args, scopeOf(pass));
    if (verdict.kind === "refused") throw new Error(verdict.why);
    Object.assign(output.args, verdict.args);
  },
  "experimental.chat.system.transform": async (input: { sessionID?: string }, output: { system: string[] }) => {
    if (input.sessionID === undefined) return;
    const pass = await awaitPass(input.sessionID);
    if (pass.guide !== undefined) output.system.push(pass.guide.text);
  },
  "tool.definition": async (input: { toolID: string }, output: { description: string }) => {
    if (input.toolID === "glob" || input.toolID === "grep") output.description += `\n${SEARCH_NOTE}`;
  },
});
