/** The composition root of remote-cli. */
import { mkdir } from "node:fs/promises";

import { aboutProcess } from "@thor/kit/about-process";
import { createRunChild, type RunChild } from "@thor/kit/child";
import { sha256Hex } from "@thor/kit/derived-key";
import type { Log } from "@thor/kit/flow/log";
import { openLauncher } from "@thor/kit/launcher";
import { createMetrics } from "@thor/kit/metrics";
import { StartRefused, type RunningService } from "@thor/kit/run-service";
import { systemClock } from "@thor/kit/system-clock";
import { requireLedger } from "@thor/ledger/require-ledger";
import { openWorkspaceConfig } from "@thor/workspace-config/loader";

import { chooseConfinement } from "./adapters/choose-confinement.ts";
import { createOpenPlace } from "./adapters/git-place.ts";
import { createGithubApp } from "./adapters/github-app.ts";
import { resolveRoots } from "./adapters/real-roots.ts";
import { oldestOf, probeTool, type ProbedTool } from "./adapters/tool-version.ts";
import { createApprovalSide } from "./app/approvals.ts";
import { createGhSide } from "./app/gh-side.ts";
import { createGitSide } from "./app/git-side.ts";
import { createHttp } from "./app/http.ts";
import { createMcpSide } from "./app/mcp.ts";
import { createPersonOf, viewerLinkOf, type Parts, type Placing, type ToolPaths } from "./app/parts.ts";
import { createSandboxSide } from "./app/sandbox-side.ts";
import { createSlackSide } from "./app/slack-side.ts";
import { createToolSides } from "./app/tool-sides.ts";
import type { RemoteCliConfig } from "./config.ts";
import { secretsIn } from "./core/credentials.ts";
import type { HeldSecret } from "./core/outbound/redact-output.ts";
import { createCallAudit } from "./flows/call-audit.ts";
import { COUNTED, OBSERVED } from "./metrics.ts";

/** A PATH on which nothing is found. */
const NOWHERE = "/nonexistent";
const DRAIN_MS = 10_000;
const KILL_MS = 6000;
const HEARTBEAT_MS = 10_000;

/**
 * Production does not start without its tools; elsewhere their commands answer that they are not there. Answers where
 * each may be looked for.
 */
async function probeTools({ path, isProduction }: RemoteCliConfig, run: RunChild, log: Log): Promise<ToolPaths> {
  const tools = ["git", "gh"] as const;
  const probed = await Promise.all(tools.map(async (tool) => ({ tool, found: await probeTool(run, tool, path) })));
  const bad = probed.filter(({ found }) => found !== "ok");
  if (isProduction && bad.length > 0)
    throw new StartRefused(
      bad.map(({ tool, found }) => `${tool} is ${found}; ${oldestOf(tool)} or newer is needed`).join("\n"),
    );
  for (const { tool, found } of bad) log.warn({ event: "tool_degraded", tool, found }, "a tool is not usable");
  const pathOf = (tool: ProbedTool) => (bad.some((one) => one.tool === tool) ? NOWHERE : path);
  return { git: pathOf("git"), gh: pathOf("gh") };
}

/** Everything that must never be shown: what the service was given, and what it minted. */
function createHeldSecrets(config: RemoteCliConfig, github: ReturnType<typeof createGithubApp>) {
  const given: HeldSecret[] = [
    ...config.secrets.accepted.map((value) => ({ name: "internal-secret", value })),
    { name: "slack-token", value: config.slack.token },
    ...config.mcp.secrets,
    { name: "daytona-key", value: config.sandboxes.daytona.apiKey ?? "" },
    ...secretsIn(config.integrations).map((value) => ({ name: "integration-credential", value })),
  ];
  return () => [...given, ...github.held().map((value) => ({ name: "github-token", value }))];
}

/** What every side is built from. */
async function openParts(config: RemoteCliConfig, given: Log): Promise<Parts> {
  const { databaseUrl: url } = config;
  const metrics = createMetrics({ prefix: "thor_remote_cli_", counted: COUNTED, observed: OBSERVED });
  const log = metrics.counting(given);
  const launcher = openLauncher();
  const runChild = createRunChild(launcher.start);
  const toolPaths = await probeTools(config, runChild, log);
  await mkdir(config.callsDirectory, { recursive: true, mode: 0o700 });
  await mkdir(config.passesDirectory, { recursive: true, mode: 0o750 });
  const ledger = await requireLedger({ url, service: "remote-cli", secret: config.secrets.current, log });
  const view = await openWorkspaceConfig({ path: config.configPath, log, history: ledger });
  const github = createGithubApp({ ...config.github, clock: systemClock, log });
  const heldSecrets = createHeldSecrets(config, github);
  const audit = createCallAudit({ ...ledger, log, digest: sha256Hex, policyRev: view.version });
  const confine = await chooseConfinement(config, log);
  const children = { confine, runChild, launcher, toolPaths };
  return { config, log, metrics, ledger, view, audit, github, ...children, heldSecrets };
}

/** Starts remote-cli; closing it lets running calls end, then ends them. */
export async function startRemoteCli(config: RemoteCliConfig, given: Log): Promise<RunningService> {
  process.umask(0o002);
  const parts = await openParts(config, given);
  const { log, ledger, view, github, audit, launcher } = parts;
  const resolved = await resolveRoots({ ...config, repos: `${config.workspace}/repos` });
  const placing: Placing = { ...resolved, openPlace: createOpenPlace(resolved.roots, resolved.realPath) };
  const link = viewerLinkOf(config);
  const mcp = await createMcpSide({ ...parts, personOf: createPersonOf(parts), viewerLink: link });
  const sandbox = createSandboxSide(parts, placing);
  const tools = {
    git: await createGitSide(parts, placing, sandbox.forget),
    gh: createGhSide(parts, placing),
    "slack-post-message": createSlackSide(parts, placing),
    ...createToolSides(parts),
    mcp: mcp.decide,
    sandbox: sandbox.decide,
  };
  const approvals = createApprovalSide({ ...parts, link, tools });
  const { server, running, stopTaking } = createHttp(parts, tools, { mcp, approvals });
  await server.listen({ port: config.port, host: config.bindAddress });
  const beat = () =>
    ledger.heartbeat({
      service: "remote-cli",
      instance: String(process.pid),
      detail: aboutProcess({ running: running.count(), configVersion: view.version() }),
    });
  await beat();
  mcp.warm();
  const heartbeat = setInterval(() => void beat(), HEARTBEAT_MS);
  log.info({ event: "service_started", addresses: server.addresses() }, "remote-cli started");

  return {
    close: async () => {
      stopTaking();
      clearInterval(heartbeat);
      log.info({ event: "service_draining", running: running.count() }, "remote-cli stopping");
      await running.drained(DRAIN_MS);
      running.cancelAll();
      await running.drained(KILL_MS);
      await server.close();
      await sandbox.close();
      launcher.close();
      await approvals.close();
      await mcp.close();
      await github.close();
      await view.close();
      audit.flush();
      await ledger.close();
    },
  };
}
