/** What a new data directory needs before the first mention: thor.json, a crontab, and the demo repository cloned by remote-cli. */
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { ExecResult } from "@thor/domain/exec";
import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { requestJson } from "@thor/kit/json-client";
import type { SimulatorFacts } from "@thor/simulators/start";
import { workspaceConfigSchemaText } from "@thor/workspace-config/pure/json-schema";

import { local, type Stage } from "./child-plan.ts";

const CLONE_WITHIN_MS = 60_000;

/** Writes thor.json once; later it is the operator's. The schema beside it gives editors completion, always today's. */
export function writeThorJson(
  { layout }: Pick<Stage, "layout">,
  { github }: { github: Pick<SimulatorFacts["github"], "owner" | "installationId"> },
): void {
  writeFileSync(join(dirname(layout.configFile), "thor.schema.json"), workspaceConfigSchemaText(), { mode: 0o600 });
  if (existsSync(layout.configFile)) return;
  const users = [
    { email: "alice@acme.test", name: "Alice", slack: "U0ALICE001", github: "alice" },
    { email: "bob@acme.test", name: "Bob", slack: "U0BOB00001", github: "bob" },
  ];
  const owners = { [github.owner]: { github_app_installation_id: github.installationId } };
  const config = { $schema: "./thor.schema.json", owners, users };
  writeFileSync(layout.configFile, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}

/** Writes a crontab with one example that is switched off, once. */
export function writeCrontab({ layout }: Pick<Stage, "layout">, { github }: Pick<SimulatorFacts, "github">): void {
  if (existsSync(layout.crontab)) return;
  const lines = [
    "# Prompts by the clock. There is no shell: a line is a schedule, hey-thor and a quoted prompt.",
    "# What the scheduler makes of this file, with the next times, stands beside it in crontab.status.",
    "#",
    "# CRON_TZ=Europe/Berlin",
    `# 0 9 * * 1-5 hey-thor --dir ${layout.repos}/${github.repo} -- "Look for failing checks and say what broke."`,
  ];
  writeFileSync(layout.crontab, `${lines.join("\n")}\n`, { mode: 0o600 });
}

/** Clones the demo repository through the same door as everything else. */
export async function cloneDemo({ layout, ports, secrets }: Stage, { github }: SimulatorFacts): Promise<void> {
  if (existsSync(join(layout.repos, github.repo, ".git"))) return;
  const url = `${github.gitUrl}/${github.owner}/${github.repo}.git`;
  const answer = await requestJson({
    url: `${local(ports.remoteCli)}/internal/exec`,
    headers: { [INTERNAL_SECRET_HEADER]: secrets.THOR_INTERNAL_SECRET },
    body: { bin: "git", args: ["clone", url], cwd: layout.repos },
    timeoutMs: CLONE_WITHIN_MS,
    schema: ExecResult,
  });
  const told = answer.kind === "ok" ? answer.body.stderr : JSON.stringify(answer);
  if (answer.kind !== "ok" || answer.body.exitCode !== 0)
    throw new Error(`the demo repository cannot be cloned: ${told}`);
}
