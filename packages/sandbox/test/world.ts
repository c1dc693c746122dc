/** A repository with a worktree on this machine, real git, and an engine over a provider. */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { startChild } from "@thor/kit/child-start";
import { createKeyedMutex } from "@thor/kit/flow/keyed-mutex";
import { tempDir } from "@thor/kit/testing/temp-dir";

import type { Place } from "../src/bench.ts";
import { createSandboxEngine } from "../src/engine.ts";
import type { Provider } from "../src/provider.ts";
import { openLocalProvider, probeCells } from "../src/providers/local.ts";
import { parseArguments } from "../src/pure/arguments.ts";
import type { HostGit } from "../src/sync/host-git.ts";
import type { Leased } from "../src/under-lease.ts";

const BWRAP = "/usr/bin/bwrap";

/** Whether this machine can run cells; tests of them are skipped, with this reason, where it cannot. */
export const hasCells = await (async () => {
  const directory = join(process.env["TMPDIR"] ?? "/tmp", `thor-probe-${process.pid}`);
  const works = await probeCells({ directory, bwrap: BWRAP, start: startChild }).catch(() => false);
  execFileSync("rm", ["-rf", directory]);
  if (!works) process.stderr.write("skipped: bubblewrap does not work on this machine\n");
  return works;
})();

const IDENTITY = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"];
export const plainGit = (cwd: string, ...argv: readonly string[]) =>
  execFileSync("git", [...IDENTITY, ...argv], { cwd, encoding: "utf8" });

const hostGit =
  (root: string): HostGit =>
  (argv, { stdin } = {}) =>
    new Promise((resolve) => {
      const child = execFile(
        "git",
        ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", ...argv],
        { cwd: root, encoding: "buffer", maxBuffer: 64 * 1024 * 1024 },
        (err, stdout) => resolve({ code: err === null ? 0 : 1, stdout }),
      );
      child.stdin?.on("error", () => undefined).end(stdin ?? "");
    });

/** Exclusive within this process. */
function createLease() {
  const inTurn = createKeyedMutex();
  return (name: string): Promise<Leased> =>
    new Promise((resolve) => {
      void inTurn(
        name,
        () =>
          new Promise<void>((release) => {
            resolve({ kind: "locked", isLost: () => false, unlock: async () => release() });
          }),
      );
    });
}

export interface Ran {
  code: number;
  stdout: string;
  notes: string;
}

async function openLocal(directory: string, more: { diskMiB?: number; now?: () => number } = {}) {
  const sandboxes = join(directory, "sandboxes");
  mkdirSync(sandboxes, { recursive: true });
  return openLocalProvider({
    directory: sandboxes,
    worktrees: join(directory, "worktrees"),
    instance: "test",
    bwrap: BWRAP,
    start: startChild,
    now: more.now ?? Date.now,
    settings: () => ({ memoryMiB: 4096, processes: 512, readOnlyPaths: [], diskMiB: more.diskMiB ?? 4096 }),
  });
}

/** A clone with one commit and a worktree of it. */
function makeWorktree(directory: string, files: Readonly<Record<string, string>> = {}) {
  const main = join(directory, "repos", "r");
  const root = join(directory, "worktrees", "r", "feat");
  mkdirSync(main, { recursive: true });
  plainGit(main, "init", "-q");
  const all = { "a.txt": "one\n", "src/b.txt": "two\n", ".gitignore": "node_modules\n", ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(main, path)), { recursive: true });
    writeFileSync(join(main, path), text);
  }
  plainGit(main, "add", "-A");
  plainGit(main, "commit", "-qm", "first");
  plainGit(main, "worktree", "add", "-q", "-b", "feat", root);
  return { main, root };
}

/** An engine over a provider, and one worktree to work on. */
export async function openWorld(
  given: {
    files?: Record<string, string>;
    provider?: (directory: string) => Promise<Provider>;
    maxTimeoutMs?: number;
    maxActive?: number;
    diskMiB?: number;
    now?: () => number;
  } = {},
) {
  const directory = tempDir();
  const { main, root } = makeWorktree(directory, given.files);
  const scratch = join(directory, "scratch");
  mkdirSync(scratch);
  const provider = await (given.provider?.(directory) ?? openLocal(directory, given));
  const engine = createSandboxEngine({
    provider,
    scratch,
    lease: createLease(),
    now: given.now ?? Date.now,
    limits: () => ({
      maxActive: given.maxActive ?? 10,
      maxPerConversation: 10,
      commandTimeoutMs: 60_000,
      maxTimeoutMs: given.maxTimeoutMs ?? 120_000,
    }),
  });
  const placeOf = (at: string): Place => ({ root: at, subPath: "", anchor: "anchor-1", git: hostGit(at) });
  const place = placeOf(root);
  const watch = (signal: AbortSignal) => {
    const said = { stdout: "", notes: "" };
    const sink = (stream: "stdout" | "stderr", text: string) => {
      said[stream === "stdout" ? "stdout" : "notes"] += text;
    };
    return { said, io: { signal, sink } };
  };
  const forever = () => new AbortController().signal;
  const exec = async (words: readonly string[], more: { signal?: AbortSignal; at?: Place } = {}): Promise<Ran> => {
    const command = parseArguments(words);
    if (command.kind !== "exec") throw new Error(JSON.stringify(command));
    const { said, io } = watch(more.signal ?? forever());
    const { exitCode } = await engine.exec(more.at ?? place, command, io);
    return { code: exitCode, ...said };
  };
  const act = async (verb: "pull" | "stop" | "remove"): Promise<Ran> => {
    const { said, io } = watch(forever());
    const { exitCode } = await engine[verb](place, io);
    return { code: exitCode, ...said };
  };
  return {
    directory,
    scratch,
    main,
    root,
    place,
    placeOf,
    provider,
    engine,
    exec,
    /** A text for bash in the sandbox. */
    bash: (text: string, options: readonly string[] = [], signal?: AbortSignal) =>
      exec([...options, "bash", "-c", text], signal === undefined ? {} : { signal }),
    act,
    create: async (isFresh = false) => {
      const { said, io } = watch(forever());
      return { code: (await engine.create(place, isFresh, io)).exitCode, ...said };
    },
  };
}
