/** Where everything of a local start lives: one directory, nothing outside it. */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root, from which services are started. */
export const ROOT = dirname(dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url))))));

/** What stands beside the agent: its commands, its shell, OpenCode's plugin. */
export const AGENT_CLI = join(ROOT, "packages", "agent-cli", "src");
export const LAUNCHERS = join(AGENT_CLI, "launchers");
export const THOR_SHELL = join(LAUNCHERS, "thor-shell");

export function layoutOf(data: string) {
  const workspace = join(data, "workspace");
  return {
    data,
    workspace,
    repos: join(workspace, "repos"),
    worktrees: join(workspace, "worktrees"),
    configFile: join(workspace, "config", "thor.json"),
    crontab: join(workspace, "cron", "crontab"),
    database: join(workspace, "data", "thor.db"),
    sim: join(data, "sim"),
    opencode: join(data, "opencode"),
    opencodeBin: join(data, "opencode", "bin"),
    logs: join(data, "logs"),
    run: join(data, "run"),
    passes: join(data, "run", "passes"),
    calls: join(data, "run", "calls"),
    sandboxes: join(data, "sandboxes"),
    agentTmp: join(data, "run", "agent"),
    temp: join(data, "run", "tmp"),
    compiled: join(data, "run", "compiled"),
    lockFile: join(data, "run", "start.lock"),
    runFile: join(data, "run.json"),
    portsFile: join(data, "ports.json"),
    secretsFile: join(data, "secrets.env"),
  };
}
export type Layout = ReturnType<typeof layoutOf>;

/** Makes the directories; what holds secrets or passes is for this user only. */
export function makeLayout(layout: Layout): void {
  const { data, workspace, repos, worktrees, sim, opencode, logs, run, passes, calls, agentTmp, temp } = layout;
  const within = ["config", "data", "memory", "cron", "runs"].map((name) => join(workspace, name));
  const own = [data, workspace, repos, worktrees, sim, opencode, logs, run, passes, calls, agentTmp, temp];
  for (const path of [...own, ...within]) mkdirSync(path, { recursive: true, mode: 0o700 });
}
