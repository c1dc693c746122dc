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
import { openWorkspaceConfig } from "@thor/workspace-config/loader";
import { profileOfRepo } from "@thor/workspace-config/pure/profile";

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
import { createWorktreeOwners } from "./adapters/worktree-owners.ts";
import { createApprovalSide } from "./app/approvals.ts";
import { createMcpSide } from "./app/mcp.ts";
import { viewerLinkOf, type Parts, type Placing } from "./app/parts.ts";
import { createSlackSide } from "./app/slack-post.ts";
import type { RemoteCliConfig } from "./config.ts";
import { personFor } from "./core/access/person.ts";
import type { Caller } from "./core/call.ts";
import { busy, failure } from "./core/exec-result.ts";
import type { HeldSecret } from "./core/outbound/redact-output.ts";
import { findSecret } from "./core/outbound/secret-scan.ts";
import { rejectionRecord } from "./flows/audit-record.ts";
import { createCallAudit } from "./flows/call-audit.ts";
import { createCallGate } from "./flows/call-gate.ts";
import { createGhDecide } from "./flows/gh/decide.ts";
import { createGhExecute } from "./flows/gh/execute.ts";
import { createGitDecide } from "./flows/git/decide.ts";
import { createGitExecute } from "./flows/git/execute.ts";
import { createGitLearn } from "./flows/git/learn.ts";
import { createLeaseLock } from "./flows/lease-lock.ts";
import { createResolveCaller } from "./flows/resolve-caller.ts";
import { createRunCommand, type Decide } from "./flows/run-command.ts";
import { createRunningCalls } from "./flows/running-calls.ts";
import { addApproval } from "./http/approval.ts";
import { addExec, type ExecDeps } from "./http/exec.ts";
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

function createPersonOf({ view }: Parts) {
  return (caller: Caller) =>
    caller.kind === "session" ? personFor(view.current().admission.users, caller.trigger?.requesters ?? []) : undefined;
}

/** gh, as Thor's own services use it. */
function createGhSide({ config, view }: Parts, placing: Placing, given: { github: GithubApp; confine: Confine }) {
  const { github, confine } = given;
  const run = createGhRunner({ ...config.github, path: config.path, callsDirectory: config.callsDirectory, confine });
  return createGhDecide({
    host: config.github.host,
    grants: () => view.current().admission,
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
    grants: () => view.current().admission,
    protectedGlobs: () => view.current().admission.github.protectedBranches,
    findNested: facts.createFindNested(git),
    findLinked: facts.createFindLinked(git),
    defaultBranch: createDefaultBranches(github, clock),
    readFile: readProvenFile,
    personOf: createPersonOf(parts),
    findSecret: (text) => findSecret(text, heldSecrets()),
    rules: { viewerLink, profileOfRepo: (repo) => profileOfRepo(view.current().admission, repo) },
    inspectNewWorktree: facts.inspectNewWorktree,
    existingClone: facts.existingClone,
    execute,
  });
}

/** Everything that must never be shown: what the service was given, and what it minted. */
function createHeldSecrets(config: RemoteCliConfig, github: ReturnType<typeof createGithubApp>) {
  const given: HeldSecret[] = [
    ...config.secrets.accepted.map((value) => ({ name: "internal-secret", value })),
    { name: "slack-token", value: config.slack.token },
    ...config.mcp.secrets,
  ];
  return () => [...given, ...github.held().map((value) => ({ name: "github-token", value }))];
}

interface Tools {
  git: Decide;
  gh: Decide;
  slackPost: Decide;
}
interface Sides {
  mcp: Awaited<ReturnType<typeof createMcpSide>>;
  approvals: ReturnType<typeof createApprovalSide>;
}

/** What agents and operators name their commands by. */
const named = ({ git, gh, slackPost }: Tools, { mcp }: Pick<Sides, "mcp">) => ({
  git,
  gh,
  "slack-post-message": slackPost,
  mcp: mcp.decide,
});

/** The routes, and the calls that are running behind them. */
function createHttp(parts: Parts, tools: Tools, sides: Sides) {
  const { log, ledger, view, audit, heldSecrets } = parts;
  const { secrets } = parts.config;
  const running = createRunningCalls();
  const gate = createCallGate({ runningPerSession: 8, waitingPerSession: 16, waitMs: 30_000, runningInAll: 64 });
  const runCommand = createRunCommand({
    log,
    clock: systemClock,
    gate,
    audit,
    heldSecrets,
    requestApproval: sides.approvals.request,
  });
  const resolve = createResolveCaller({ ...ledger, clock: systemClock, profiles: () => view.current().admission });
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
  addHealth(server, secrets.accepted, sides.mcp.health);
  const exec: ExecDeps = {
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
    tools: { git: tools.git, slackPost: tools.slackPost, mcp: sides.mcp.decide },
  };
  addExec(server, exec);
  const { look, takeDecision } = sides.approvals;
  addApproval(server, { ...exec, secrets: secrets.accepted, look, takeDecision });
  addInternal(server, {
    secrets: secrets.accepted,
    resolve,
    runCommand,
    running,
    tools: named(tools, sides),
  });
  return { server, running, stopTaking: () => void (isStopping = true) };
}

/** Starts remote-cli; closing it lets running calls end, then ends them. */
export async function startRemoteCli(config: RemoteCliConfig, log: Log): Promise<RunningService> {
  process.umask(0o002);
  await requireGit(config, log);
  await mkdir(config.callsDirectory, { recursive: true, mode: 0o700 });
  await mkdir(config.passesDirectory, { recursive: true, mode: 0o750 });
  const ledger = await openStore(config, log);
  const view = await openWorkspaceConfig({ path: config.configPath, log, history: ledger });
  const github = createGithubApp({ ...config.github, clock: systemClock, log });
  const heldSecrets = createHeldSecrets(config, github);
  const audit = createCallAudit({ ...ledger, log, digest: sha256Hex, policyRev: view.version });
  const parts: Parts = { config, log, ledger, view, audit, heldSecrets };
  const resolved = await resolveRoots({ repos: `${config.workspace}/repos`, worktrees: config.worktrees });
  const placing: Placing = { ...resolved, openPlace: createOpenPlace(resolved.roots, resolved.realPath) };
  const given = { github, confine: await chooseConfinement(config, log) };
  const slack = createSlackApi(config.slack);
  const link = viewerLinkOf(config);
  const mcp = await createMcpSide({ ...parts, personOf: createPersonOf(parts), viewerLink: link });
  const tools = {
    git: await createGitSide(parts, placing, given),
    gh: createGhSide(parts, placing, given),
    slackPost: createSlackSide(parts, placing, slack),
  };
  const approvals = createApprovalSide({ ...parts, slack, link, tools: () => named(tools, { mcp }) });
  const { server, running, stopTaking } = createHttp(parts, tools, { mcp, approvals });
  await server.listen({ port: config.port, host: config.bindAddress });
  const beat = () =>
    ledger.heartbeat({ service: "remote-cli", instance: String(process.pid), detail: { running: running.count() } });
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
      await approvals.close();
      await mcp.close();
      await github.close();
      await view.close();
      await ledger.close();
    },
  };
}
