import { randomUUID } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { sha256Hex } from "@thor/kit/derived-key";
import { systemClock } from "@thor/kit/system-clock";
import type { Place } from "@thor/sandbox/bench";
import { createSandboxEngine, type SandboxEngine } from "@thor/sandbox/engine";
import type { Outcome as Ended } from "@thor/sandbox/guard";
import { parseArguments, USAGE, type SandboxCommand } from "@thor/sandbox/pure/arguments";
import { durationMs } from "@thor/workspace-config/pure/schema/words";

import { chooseSandbox } from "../adapters/choose-sandbox.ts";
import { findProgram } from "../adapters/find-program.ts";
import { createGitRunner } from "../adapters/git-runner.ts";
import type { Outcome, Sink } from "../core/call.ts";
import { exited } from "../core/child-outcome.ts";
import type { OpenedPlace, RepositoryPlace } from "../core/git/place.ts";
import { createLeaseLock } from "../flows/lease-lock.ts";
import { createSandboxDecide } from "../flows/sandbox/decide.ts";
import { judgeRulesOf, type Parts, type Placing } from "./parts.ts";

const SWEEP_MS = 30 * 60_000;
const MIB = 1024 * 1024;
const GIT_LIMITS = { timeoutMs: 600_000, maxStdoutBytes: 64 * MIB, maxStderrBytes: MIB };

type Opened = { kind: "open"; engine: SandboxEngine; close: () => Promise<void> } | { kind: "off"; text: string };

/** Hardened git on one worktree, as the sync needs it. */
function createHostGit({ config, confine, runChild, toolPaths, log }: Parts) {
  const run = createGitRunner({
    identity: config.github,
    git: findProgram("git", toolPaths.git),
    path: config.path,
    callsDirectory: config.callsDirectory,
    confine,
    runChild,
    log,
  });
  return ({ gitDir, commonDir, root }: RepositoryPlace, cwd: string): Place["git"] =>
    async (argv, more = {}) => {
      const repository = { gitDir, commonDir, root, workTree: "." };
      const { end, stdout } = await run({ argv, cwd, repository, isRead: true, ...GIT_LIMITS, ...more });
      return { code: end.kind === "exited" ? end.code : 1, stdout };
    };
}

async function openEngine(parts: Parts, { roots }: Placing): Promise<Opened> {
  const { config, view, log, ledger, launcher } = parts;
  const settings = () => view.current().operational.sandbox;
  const instance = sha256Hex(`${config.runnerBaseUrl}\0${config.github.appId}`).slice(0, 32);
  const { worktrees } = roots;
  const provider = await chooseSandbox({ config, worktrees, instance, settings, start: launcher.start, log });
  if ("kind" in provider) return provider;
  const scratch = join(config.sandboxes.directory, ".scratch");
  // What a crash left behind.
  for (const name of await readdir(scratch)) await rm(join(scratch, name), { recursive: true, force: true });
  const engine = createSandboxEngine({
    provider,
    scratch,
    lease: createLeaseLock({ ...ledger, clock: systemClock, holder: `sandbox:${process.pid}:${randomUUID()}` }),
    now: systemClock.now,
    limits: () => {
      const { maxActive, maxPerConversation, commandTimeout, maxTimeout } = settings();
      return {
        maxActive,
        maxPerConversation,
        commandTimeoutMs: durationMs(commandTimeout),
        maxTimeoutMs: durationMs(maxTimeout),
      };
    },
  });
  const sweep = async () => {
    for (const { id, root } of await engine.sweep()) log.info({ event: "sandbox_swept", id, root }, "sandbox removed");
  };
  const failed = (err: unknown) => log.error({ event: "sandbox_sweep_failed", err }, "sandboxes could not be swept");
  const timer = setInterval(() => void sweep().catch(failed), SWEEP_MS);
  const close = async () => {
    clearInterval(timer);
    await provider.close();
  };
  return { kind: "open", engine, close };
}

function actOn(engine: SandboxEngine, command: SandboxCommand, place: Place) {
  return async (io: { signal: AbortSignal; sink: Sink }): Promise<Ended> => {
    switch (command.kind) {
      case "exec":
        return engine.exec(place, command, io);
      case "create":
      case "reset":
        return engine.create(place, command.kind === "reset", io);
      case "pull":
        return engine.pull(place, io);
      case "stop":
        return engine.stop(place, io);
      case "delete":
        return engine.remove(place, io);
      case "status":
        io.sink("stdout", `${JSON.stringify(await engine.status(place), null, 2)}\n`);
        return { exitCode: 0, ended: "exit" };
      case "list":
      case "help":
      case "refused":
        throw new Error("decided elsewhere");
    }
  };
}

/** Sandboxes: which worktrees may have one, and what is done there. */
export function createSandboxSide(parts: Parts, placing: Placing) {
  const { log } = parts;
  const gitOf = createHostGit(parts);
  const opening = openEngine(parts, placing);

  const act = async (
    command: SandboxCommand,
    given: { place: RepositoryPlace; opened: OpenedPlace; subPath: string; anchorId: string },
    io: { signal: AbortSignal; sink: Sink },
  ): Promise<Outcome> => {
    const open = await opening;
    if (open.kind === "off") {
      io.sink("stderr", `[sandbox] ${open.text}\n`);
      return exited(1);
    }
    const { root } = given.place;
    const top = await placing.openPlace(root);
    try {
      const git = gitOf(given.place, top.handlePath);
      const place = { root, subPath: given.subPath, anchor: given.anchorId, git };
      const startedAt = performance.now();
      const { exitCode, ended, sandboxId, pulled } = await actOn(open.engine, command, place)(io);
      const facts = {
        command: command.kind,
        sandboxId,
        exitCode,
        ended,
        pulled,
        ranMs: Math.round(performance.now() - startedAt),
      };
      log.info({ event: "sandbox_finished", ...facts }, "sandbox command ended");
      return exited(exitCode, ended);
    } finally {
      await top.close();
    }
  };

  return {
    decide: createSandboxDecide({
      worktrees: placing.roots.worktrees,
      rules: judgeRulesOf(parts),
      usage: USAGE,
      parse: parseArguments,
      openPlace: placing.openPlace,
      act,
      list: async (isShown) => {
        const open = await opening;
        const found = open.kind === "off" ? [] : await open.engine.list(isShown);
        return `${JSON.stringify(found, null, 2)}\n`;
      },
    }),
    /** A worktree was removed, and its sandbox goes, too. */
    forget: async (root: string) => {
      const open = await opening;
      if (open.kind === "open") await open.engine.forget(root);
    },
    close: async () => {
      const open = await opening;
      if (open.kind === "open") await open.close();
    },
  };
}
