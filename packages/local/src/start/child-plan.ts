/** What is started: each child as a command line, an environment and the sign that it is usable. */
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";

import { LEAN_FLAGS, leanEnvironment, QUICK_FLAGS } from "@thor/kit/lean-node";
import type { SimulatorFacts } from "@thor/simulators/start";

import { guarded } from "./guard.ts";
import { LAUNCHERS, type Layout, ROOT } from "./layout.ts";
import type { Ports } from "./ports.ts";
import type { Secrets } from "./secrets.ts";

export type Ready =
  /** The first line of its output, which is JSON. */
  | { kind: "line" }
  | { kind: "http"; url: string; headers: Readonly<Record<string, string>>; until?: { path: string; equals: string } };

export interface ChildPlan {
  name: string;
  command: readonly string[];
  env: Readonly<Record<string, string>>;
  ready: Ready;
}

export interface Stage {
  layout: Layout;
  ports: Ports;
  secrets: Secrets;
  /** Where the model answers: the simulator, or a provider of the operator's. */
  model: { baseUrl: string; apiKey: string; id: string; isSimulated: boolean };
  /** How fast the simulated model speaks: as a model does for people who watch, at once for programs. */
  pace: "demo" | "instant";
  /** Binaries that come with the installation. */
  tools: { opencode: string; ripgrep: string };
}

export const local = (port: number) => `http://127.0.0.1:${port}`;
export const frontDoorUrl = ({ frontDoor }: Ports) => `http://localhost:${frontDoor}`;

const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/opt/homebrew/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const nodePath = [dirname(process.execPath), SYSTEM_PATH].join(delimiter);

function baseEnv({ layout }: Stage): Record<string, string> {
  return { PATH: nodePath, HOME: layout.run, TMPDIR: layout.temp, LANG: "C.UTF-8", TZ: "UTC", THOR_PARENT_PIPE: "1" };
}

function serviceEnv(stage: Stage, port: number): Record<string, string> {
  const { layout, secrets } = stage;
  return {
    ...baseEnv(stage),
    ...leanEnvironment(layout.compiled),
    PORT: String(port),
    THOR_BIND_ADDRESS: "127.0.0.1",
    THOR_WORKSPACE_DIR: layout.workspace,
    CONFIG_PATH: layout.configFile,
    DATABASE_URL: `sqlite:${layout.database}`,
    THOR_INTERNAL_SECRET: secrets.THOR_INTERNAL_SECRET,
    THOR_PASSES_DIR: layout.passes,
    NODE_ENV: "development",
  };
}

const main = (name: string) => join(ROOT, "packages", name, "src", "main.ts");
const node = (name: string, ...flags: string[]) => [process.execPath, ...flags, main(name)];
const service = (name: string, ...flags: string[]) => node(name, ...LEAN_FLAGS, ...flags);
/** Pages are JSX, which Node does not read by itself. */
const VIEWS = ["--import", import.meta.resolve("tsx")];
const healthy = (port: number, secret: string) => ({
  kind: "http" as const,
  url: `${local(port)}/health`,
  headers: { "x-thor-internal-secret": secret },
});

export function simulatorPlan(stage: Stage, configFile: string): ChildPlan {
  const command = [...node("simulators"), "--config", configFile];
  return { name: "simulators", command, env: baseEnv(stage), ready: { kind: "line" } };
}

/** What the simulators are told; the model's named values are the places that the agent may name. */
export function simulatorConfig({ layout, ports, secrets, pace }: Stage) {
  return {
    stateDir: layout.sim,
    port: ports.sim,
    slack: {
      eventsUrl: `${local(ports.gateway)}/slack/events`,
      interactivityUrl: `${local(ports.gateway)}/slack/interactivity`,
      signingSecret: secrets.SLACK_SIGNING_SECRET,
      botToken: secrets.SLACK_BOT_TOKEN,
    },
    github: {
      gitPort: ports.simGit,
      apiPort: ports.simApi,
      webhookUrl: `${local(ports.gateway)}/github/webhook`,
      webhookSecret: secrets.GITHUB_WEBHOOK_SECRET,
    },
    model: {
      apiKey: secrets.THOR_MODEL_API_KEY,
      values: { repos: layout.repos, worktrees: layout.worktrees },
      pace,
    },
  };
}

export function remoteCliPlan(stage: Stage, { slack, github, mcp }: SimulatorFacts): ChildPlan {
  const { ports, secrets, layout } = stage;
  const env = {
    ...serviceEnv(stage, ports.remoteCli),
    THOR_CALLS_DIR: layout.calls,
    THOR_SANDBOX_DIR: layout.sandboxes,
    THOR_WORKTREES_ROOT: layout.worktrees,
    SLACK_BOT_TOKEN: secrets.SLACK_BOT_TOKEN,
    SLACK_API_BASE_URL: slack.apiUrl,
    RUNNER_BASE_URL: frontDoorUrl(ports),
    GITHUB_APP_ID: String(github.appId),
    GITHUB_APP_SLUG: github.appSlug,
    GITHUB_APP_BOT_ID: String(github.botId),
    GITHUB_APP_PRIVATE_KEY_FILE: github.privateKeyFile,
    GITHUB_API_URL: github.apiUrl,
    GITHUB_HOST: new URL(github.gitUrl).host,
    GITHUB_CA_FILE: github.caFile,
    ATLASSIAN_AUTH: `Bearer ${mcp.token}`,
    ATLASSIAN_CLOUD_ID: "cloud-1",
    ATLASSIAN_MCP_URL: `${mcp.baseUrl}/atlassian`,
  };
  return {
    name: "remote-cli",
    command: node("remote-cli", ...QUICK_FLAGS),
    env,
    ready: healthy(ports.remoteCli, secrets.THOR_INTERNAL_SECRET),
  };
}

export function gatewayPlan(stage: Stage, { slack, github }: SimulatorFacts): ChildPlan {
  const { ports, secrets } = stage;
  const env = {
    ...serviceEnv(stage, ports.gateway),
    RUNNER_URL: local(ports.runner),
    REMOTE_CLI_URL: local(ports.remoteCli),
    CRON_SECRET: secrets.CRON_SECRET,
    SLACK_BOT_TOKEN: secrets.SLACK_BOT_TOKEN,
    SLACK_SIGNING_SECRET: secrets.SLACK_SIGNING_SECRET,
    SLACK_API_BASE_URL: slack.apiUrl,
    SLACK_DEFAULT_REPO: github.repo,
    GITHUB_APP_SLUG: github.appSlug,
    GITHUB_APP_BOT_ID: String(github.botId),
    GITHUB_WEBHOOK_SECRET: secrets.GITHUB_WEBHOOK_SECRET,
    GITHUB_HOST: new URL(github.gitUrl).host,
    THOR_WORKTREES_ROOT: stage.layout.worktrees,
  };
  return {
    name: "gateway",
    command: service("gateway"),
    env,
    ready: {
      ...healthy(ports.gateway, secrets.THOR_INTERNAL_SECRET),
      until: { path: "slack.identity", equals: "known" },
    },
  };
}

export function runnerPlan(stage: Stage, { slack }: SimulatorFacts): ChildPlan {
  const { ports, secrets } = stage;
  const env = {
    ...serviceEnv(stage, ports.runner),
    OPENCODE_URL: local(ports.opencode),
    OPENCODE_SERVER_PASSWORD: secrets.OPENCODE_SERVER_PASSWORD,
    GATEWAY_URL: local(ports.gateway),
    REMOTE_CLI_URL: local(ports.remoteCli),
    RUNNER_BASE_URL: frontDoorUrl(ports),
    SLACK_BOT_TOKEN: secrets.SLACK_BOT_TOKEN,
    SLACK_API_BASE_URL: slack.apiUrl,
  };
  const until = { path: "opencode", equals: "connected" };
  const ready = { ...healthy(ports.runner, secrets.THOR_INTERNAL_SECRET), until };
  return { name: "runner", command: service("runner", ...VIEWS), env, ready };
}

export function schedulerPlan(stage: Stage, { github }: SimulatorFacts): ChildPlan {
  const { ports, secrets } = stage;
  const env = {
    ...serviceEnv(stage, ports.scheduler),
    GATEWAY_URL: local(ports.gateway),
    RUNNER_BASE_URL: frontDoorUrl(ports),
    CRON_SECRET: secrets.CRON_SECRET,
    SLACK_DEFAULT_REPO: github.repo,
  };
  const ready = healthy(ports.scheduler, secrets.THOR_INTERNAL_SECRET);
  return { name: "scheduler", command: service("cron"), env, ready };
}

export function adminPlan(stage: Stage): ChildPlan {
  const { ports, secrets } = stage;
  const env = {
    ...serviceEnv(stage, ports.admin),
    RUNNER_BASE_URL: frontDoorUrl(ports),
    REMOTE_CLI_URL: local(ports.remoteCli),
    THOR_SIMULATED: `slack,github${stage.model.isSimulated ? ",model" : ""}`,
  };
  return {
    name: "admin",
    command: service("admin", ...VIEWS),
    env,
    ready: healthy(ports.admin, secrets.THOR_INTERNAL_SECRET),
  };
}

const OFFLINE = {
  OPENCODE_DISABLE_PROJECT_CONFIG: "1",
  OPENCODE_DISABLE_MODELS_FETCH: "1",
  OPENCODE_DISABLE_AUTOUPDATE: "1",
  OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
  OPENCODE_DISABLE_SHARE: "1",
  OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
  OPENCODE_DISABLE_EXTERNAL_SKILLS: "1",
  OPENCODE_DISABLE_CLAUDE_CODE: "1",
  OPENCODE_DISABLE_FFF: "1",
  NO_PROXY: "127.0.0.1,localhost",
};

/** OpenCode sees the agent's commands first, and of Thor only where remote-cli is and where passes are. */
export function opencodePlan(stage: Stage): ChildPlan {
  const { layout, ports, secrets, model, tools } = stage;
  const { opencode: home } = layout;
  const password = secrets.OPENCODE_SERVER_PASSWORD;
  const { THOR_PARENT_PIPE: _pipe, ...base } = baseEnv(stage);
  const env = {
    ...base,
    ...OFFLINE,
    PATH: [layout.opencodeBin, LAUNCHERS, dirname(tools.ripgrep), nodePath].join(delimiter),
    HOME: join(home, "home"),
    XDG_CONFIG_HOME: join(home, "config"),
    XDG_DATA_HOME: join(home, "data"),
    XDG_CACHE_HOME: join(home, "cache"),
    XDG_STATE_HOME: join(home, "state"),
    OPENCODE_CONFIG_DIR: join(home, "thor"),
    OPENCODE_SERVER_PASSWORD: password,
    THOR_MODEL_BASE_URL: model.baseUrl,
    THOR_MODEL_API_KEY: model.apiKey,
    THOR_REMOTE_CLI_URL: local(ports.remoteCli),
    THOR_WORKSPACE_DIR: layout.workspace,
    THOR_WORKTREES_ROOT: layout.worktrees,
    THOR_PASSES_DIR: layout.passes,
    THOR_AGENT_TMP_DIR: layout.agentTmp,
    THOR_CLI_RUNTIME: process.execPath,
    THOR_REAL_RG: tools.ripgrep,
  };
  const serve = [tools.opencode, "serve", "--hostname", "127.0.0.1", "--port", String(ports.opencode)];
  const authorization = `Basic ${Buffer.from(`opencode:${password}`).toString("base64")}`;
  const ready: Ready = { kind: "http", url: `${local(ports.opencode)}/global/health`, headers: { authorization } };
  return { name: "opencode", command: guarded(serve), env, ready };
}

/** A path as a person reads it. */
export const shownPath = (path: string) => path.replace(homedir(), "~");
