/** The composition root of remote-cli. */
import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";

import { sha256Hex } from "@thor/kit/derived-key";
import type { Log } from "@thor/kit/flow/log";
import { StartRefused, type RunningService } from "@thor/kit/run-service";
import { createServer } from "@thor/kit/server";
import { systemClock } from "@thor/kit/system-clock";
import { openLedger } from "@thor/ledger/open";
import type { Ledger } from "@thor/ledger/port";
import { createSlackApi } from "@thor/slack/client";
import { openWorkspaceConfig, type WorkspaceConfigView } from "@thor/workspace-config/loader";

import { createReadAttachment } from "./adapters/attachments.ts";
import { createVisibility } from "./adapters/channel-visibility.ts";
import { chooseConfinement } from "./adapters/choose-confinement.ts";
import type { Confine } from "./adapters/confinement.ts";
import { createDefaultBranches } from "./adapters/default-branches.ts";
import { createGhRunner } from "./adapters/gh-runner.ts";
import * as facts from "./adapters/git-facts.ts";
import { createOpenPlace } from "./adapters/git-place.ts";
import { createGitRunner } from "./adapters/git-runner.ts";
import { probeGit } from "./adapters/git-version.ts";
import { createGithubApp, type GithubApp } from "./adapters/github-app.ts";
import { readProvenFile } from "./adapters/opened-directory.ts";
import { resolveRoots } from "./adapters/real-roots.ts";
import { createTokenCheck } from "./adapters/session-tokens.ts";
import { createSlackPoster } from "./adapters/slack-poster.ts";
import { createWorktreeOwners } from "./adapters/worktree-owners.ts";
import type { RemoteCliConfig } from "./config.ts";
import { personFor } from "./core/access/person.ts";
import { profileOfRepo } from "./core/access/profile.ts";
import type { Caller } from "./core/call.ts";
import { busy, failure } from "./core/exec-result.ts";
import type { HeldSecret } from "./core/outbound/redact-output.ts";
import { findSecret } from "./core/outbound/secret-scan.ts";
import { rejectionRecord } from "./flows/audit-record.ts";
import { createCallAudit, type CallAudit } from "./flows/call-audit.ts";
import { createCallGate } from "./flows/call-gate.ts";
import { createGhDecide } from "./flows/gh/decide.ts";
import { createGhExecute } from "./flows/gh/execute.ts";
import { createGitDecide } from "./flows/git/decide.ts";
import { createGitExecute } from "./flows/git/execute.ts";
import { createGitLearn } from "./flows/git/learn.ts";
import { createLeaseLock } from "./flows/lease-lock.ts";
import { createPostSlack } from "./flows/post-slack.ts";
import { createResolveCaller } from "./flows/resolve-caller.ts";
import { createRunCommand, type Decide } from "./flows/run-command.ts";
import { createRunningCalls } from "./flows/running-calls.ts";
import { addExec } from "./http/exec.ts";
import { addHealth, addInternal } from "./http/internal.ts";

const BODY_LIMIT = 10 * 1024 * 1024;
const DRAIN_MS = 10_000;
const KILL_MS = 6000;
const HEARTBEAT_MS = 10_000;

async function openStore({ databaseUrl: url, secrets }: RemoteCliConfig, log: Log): Promise<Ledger> {
  const opened = await openLedger({
    url,
    service: "remote-cli",
    instance: String(process.pid),
    secret: secrets.current,
    log,
  });
  if (opened.kind === "opened") return opened.ledger;
  throw new StartRefused(`ledger: ${opened.kind}`, opened.kind === "unavailable" ? 1 : 78);
}

/** Production does not start without its tools; elsewhere their commands answer that they are not there. */
async function requireGit({ path, isProduction }: RemoteCliConfig, log: Log): Promise<void> {
  const found = await probeGit(path);
  if (found === "ok") return;
  if (isProduction) throw new StartRefused(`git is ${found}; 2.39 or newer is needed`);
  log.warn({ event: "tool_degraded", tool: "git", found }, "git is not usable");
}

interface Parts {
  config: RemoteCliConfig;
  log: Log;
  ledger: Ledger;
  view: WorkspaceConfigView;
  audit: CallAudit;
  heldSecrets: () => readonly HeldSecret[];
}
type Placing = Awaited<ReturnType<typeof resolveRoots>> & { openPlace: ReturnType<typeof createOpenPlace> };

const viewerLinkOf =
  ({ runnerBaseUrl }: RemoteCliConfig) =>
  (anchorId: string) =>
    `${runnerBaseUrl}/runner/v/${anchorId}`;

function createPersonOf({ view }: Parts) {
  return (caller: Caller) =>
    caller.kind === "session" ? personFor(view.current().users, caller.trigger?.requesters ?? []) : undefined;
}

/** gh, as Thor's own services use it. */
function createGhSide({ config, view }: Parts, placing: Placing, given: { github: GithubApp; confine: Confine }) {
  const { github, confine } = given;
  const run = createGhRunner({ ...config.github, path: config.path, callsDirectory: config.callsDirectory, confine });
  return createGhDecide({
    host: config.github.host,
    grants: view.current,
    openPlace: placing.openPlace,
    execute: createGhExecute({ run, mint: github.token, evict: github.evict }),
  });
}

/** Git: what it may do, how it is started, and what is remembered afterwards. */
async function createGitSide(parts: Parts, placing: Placing, given: { github: GithubApp; confine: Confine }) {
  const { github, confine } = given;
  const { config, log, ledger, view, heldSecrets } = parts;
  const { roots } = placing;
  const clock = systemClock;
  const viewerLink = viewerLinkOf(config);
  const git = createGitRunner({
    identity: config.github,
    path: config.path,
    callsDirectory: config.callsDirectory,
    confine,
    log,
  });
  const owners = createWorktreeOwners(roots, config.passesDirectory);
  const clones = facts.createCloneDirectories(roots.repos);
  await Promise.all([owners.rebuild(), clones.discardLeftovers()]);
  const learn = createGitLearn({
    ...ledger,
    log,
    viewerLink,
    ownWorktree: owners.own,
    disownWorktree: owners.disown,
    setUpstream: facts.setUpstream,
  });
  const execute = createGitExecute({
    log,
    run: git,
    lock: createLeaseLock({ ...ledger, clock, holder: `remote-cli:${process.pid}:${randomUUID()}` }),
    mint: github.token,
    evict: github.evict,
    makeCloneDirectory: clones.make,
    moveClone: clones.move,
    discard: clones.discard,
    makeParents: facts.makeParents,
    lockFiles: facts.lockFiles,
    learn,
  });
  return createGitDecide({
    ...ledger,
    ...placing,
    host: config.github.host,
    grants: view.current,
    protectedGlobs: () => view.current().github.protectedBranches,
    findNested: facts.createFindNested(git),
    findLinked: facts.createFindLinked(git),
    defaultBranch: createDefaultBranches(github, clock),
    readFile: readProvenFile,
    personOf: createPersonOf(parts),
    findSecret: (text) => findSecret(text, heldSecrets()),
    rules: { viewerLink, profileOfRepo: (repo) => profileOfRepo(view.current(), repo) },
    inspectNewWorktree: facts.inspectNewWorktree,
    existingClone: facts.existingClone,
    execute,
  });
}

function createSlackSide({ config, log, ledger, view, audit, heldSecrets }: Parts, placing: Placing) {
  const api = createSlackApi(config.slack);
  return createPostSlack({
    ...ledger,
    log,
    config: view.current,
    viewerLink: viewerLinkOf(config),
    visibilityOf: createVisibility(api, systemClock),
    readFile: createReadAttachment(placing.openPlace, placing.realPath),
    findSecret: (text) => findSecret(text, heldSecrets()),
    digest: sha256Hex,
    ...createSlackPoster(api),
    pause: (ms, signal) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        signal.addEventListener("abort", () => resolve(clearTimeout(timer)), { once: true });
      }),
    note: audit.note,
  });
}

/** Everything that must never be shown: what the service was given, and what it minted. */
function createHeldSecrets(config: RemoteCliConfig, github: ReturnType<typeof createGithubApp>) {
  const given: HeldSecret[] = [
    ...config.secrets.accepted.map((value) => ({ name: "internal-secret", value })),
    { name: "slack-token", value: config.slack.token },
  ];
  return () => [...given, ...github.held().map((value) => ({ name: "github-token", value }))];
}

/** The routes, and the calls that are running behind them. */
function createHttp(parts: Parts, tools: { git: Decide; gh: Decide; slackPost: Decide }) {
  const { log, ledger, view, audit, heldSecrets } = parts;
  const { secrets } = parts.config;
  const running = createRunningCalls();
  const gate = createCallGate({ runningPerSession: 8, waitingPerSession: 16, waitMs: 30_000, runningInAll: 64 });
  const runCommand = createRunCommand({ log, clock: systemClock, gate, audit, heldSecrets });
  const resolve = createResolveCaller({ ...ledger, clock: systemClock, profiles: view.current });
  let isStopping = false;
  const server = createServer({
    log,
    bodyLimitBytes: BODY_LIMIT,
    faultBody: ({ status, error, requestId }) => failure(status >= 500 ? `Internal error. callId=${requestId}` : error),
  });
  server.removeContentTypeParser("text/plain");
  server.addHook("onRequest", async (request, reply) => {
    if (isStopping && request.method === "POST") await reply.code(503).send(busy("remote-cli is stopping; try again"));
  });
  addHealth(server, secrets.accepted);
  addExec(server, {
    isToken: createTokenCheck(secrets.accepted),
    noteRejected: async (requestId) => {
      log.warn({ event: "auth_rejected", requestId }, "a call without a valid token");
      await audit.note(rejectionRecord(requestId));
    },
    noteRefused: async ({ rule, status }, { sessionId, requestId, tool }) => {
      log.warn({ event: rule.replace(".", "_"), status, sessionId }, "a session may not act now");
      await audit.note({
        ...rejectionRecord(requestId),
        event: "exec_denied",
        actor: sessionId,
        sessionId,
        target: tool,
        rule,
      });
    },
    resolve,
    runCommand,
    running,
    tools: { git: tools.git, slackPost: tools.slackPost },
  });
  addInternal(server, {
    secrets: secrets.accepted,
    resolve,
    runCommand,
    running,
    tools: { git: tools.git, gh: tools.gh, "slack-post-message": tools.slackPost },
  });
  return { server, running, stopTaking: () => void (isStopping = true) };
}

/** Starts remote-cli; closing it lets running calls end, then ends them. */
export async function startRemoteCli(config: RemoteCliConfig, log: Log): Promise<RunningService> {
  process.umask(0o002);
  await requireGit(config, log);
  await mkdir(config.callsDirectory, { recursive: true, mode: 0o700 });
  await mkdir(config.passesDirectory, { recursive: true, mode: 0o750 });
  const view = await openWorkspaceConfig({ path: config.configPath, log });
  const ledger = await openStore(config, log);
  const github = createGithubApp({ ...config.github, clock: systemClock, log });
  const heldSecrets = createHeldSecrets(config, github);
  const audit = createCallAudit({ ...ledger, log, digest: sha256Hex, policyRev: view.version });
  const parts: Parts = { config, log, ledger, view, audit, heldSecrets };
  const resolved = await resolveRoots({ repos: `${config.workspace}/repos`, worktrees: config.worktrees });
  const placing: Placing = { ...resolved, openPlace: createOpenPlace(resolved.roots, resolved.realPath) };
  const given = { github, confine: await chooseConfinement(config, log) };
  const tools = {
    git: await createGitSide(parts, placing, given),
    gh: createGhSide(parts, placing, given),
    slackPost: createSlackSide(parts, placing),
  };
  const { server, running, stopTaking } = createHttp(parts, tools);
  await server.listen({ port: config.port, host: config.bindAddress });
  const beat = () =>
    ledger.heartbeat({ service: "remote-cli", instance: String(process.pid), detail: { running: running.count() } });
  await beat();
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
      await github.close();
      await view.close();
      await ledger.close();
    },
  };
}
