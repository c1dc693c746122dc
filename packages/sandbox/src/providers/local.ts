/** Sandboxes on this machine: a directory each, and one bubblewrap cell for every command. Never anything without a cell. */
import { createReadStream } from "node:fs";
import { constants, copyFile, mkdir, open, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { StartChild } from "@thor/kit/child-start";
import { sha256Hex } from "@thor/kit/derived-key";

import type { Command, CommandWatch, Provider } from "../provider.ts";
import type { Found } from "../pure/choose.ts";
import { SandboxFailure, SandboxGone } from "../pure/failure.ts";
import { sandboxName } from "../pure/name.ts";
import { cellArgv, ETC, type CellLimits } from "./cell.ts";
import { createRecords, type Meta, type Records } from "./records.ts";

export interface LocalOptions {
  /** Where all sandboxes of this machine lie; nobody else may look in. */
  directory: string;
  worktrees: string;
  instance: string;
  bwrap: string;
  start: StartChild;
  now: () => number;
  settings: () => CellLimits & { readOnlyPaths: readonly string[]; diskMiB: number };
}

const MAX_TEXT = 120 * 1024;
const PROBE_MS = 10_000;
const OWN_MS = 60_000;
const FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const EMPTY = "chmod -R u+rwX . ~ 2>/dev/null; find . ~ -mindepth 1 -delete";
/** Blocks, or bytes where blocks are only promised yet: whichever is more, in MiB. */
const MEASURE = "{ du -sm --total . ~; du -sm --apparent-size --total . ~; } | grep total | sort -n | tail -n 1";

/** Takes one file away that foreign code may have written, without following anything. */
async function* takeCapped(path: string, maxBytes: number): AsyncIterable<Uint8Array> {
  const handle = await open(path, FILE);
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) throw new SandboxFailure("the sandbox sent something that is no file");
    let left = maxBytes;
    for await (const chunk of createReadStream("", { fd: handle, autoClose: false })) {
      const bytes = Uint8Array.from(Buffer.from(chunk));
      left -= bytes.length;
      if (left < 0) throw new SandboxFailure("file too large to sync: the changes are larger than 500 MiB together");
      yield bytes;
    }
  } finally {
    await handle.close();
    await rm(path, { force: true });
  }
}

/** Starts cells and waits for them; ending bubblewrap ends everything in its namespace. */
function createRun({ bwrap, start }: Pick<LocalOptions, "bwrap" | "start">) {
  return (argv: readonly string[], { signal, onOutput }: CommandWatch): Promise<number> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return resolve(130);
      const end = start(
        { bin: bwrap, argv, env: { PATH: "/usr/local/bin:/usr/bin:/bin" }, cwd: "/" },
        {
          onOutput,
          onEnd: (how) => {
            signal.removeEventListener("abort", stop);
            if (how.kind !== "ended")
              return reject(new SandboxFailure("bubblewrap could not be started", "see doctor"));
            if (signal.aborted) return resolve(130);
            // Bubblewrap answers the command's own code, 128 and more for a signal; it dies of one only from outside.
            return how.code === null ? reject(new SandboxGone()) : resolve(how.code);
          },
        },
      );
      const stop = () => end("SIGKILL");
      signal.addEventListener("abort", stop, { once: true });
    });
}

const nodeDirectory = () => dirname(process.execPath);

async function prepare(directory: string): Promise<string> {
  const etc = join(directory, ".etc");
  await mkdir(etc, { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(ETC)) await writeFile(join(etc, name), text, { mode: 0o644 });
  return etc;
}

/** Whether cells work here: user namespaces, mounts, and a real procfs. */
export async function probeCells(options: Pick<LocalOptions, "directory" | "bwrap" | "start">): Promise<boolean> {
  const etc = await prepare(options.directory);
  const scratch = join(options.directory, ".probe");
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const view = { work: scratch, home: scratch, transfer: undefined, etc, node: nodeDirectory(), readOnlyPaths: [] };
  const text = "test -d /proc/self/fd && test $(id -u) = 1001";
  const argv = cellArgv(view, { memoryMiB: 1024, processes: 64 }, { text, isOwn: true });
  const signal = AbortSignal.timeout(PROBE_MS);
  const watch = { signal, graceMs: () => 0, onOutput: () => undefined };
  return (await createRun(options)(argv, watch).catch(() => 1)) === 0;
}

function foundOf(id: string, { root, anchor, sha, createdAt, lastUsedAt, isStopped }: Meta): Found {
  return { id, name: id, root, anchor, sha, createdAt, lastUsedAt, state: isStopped ? "stopped" : "started" };
}

/** Runs cells of a sandbox, and keeps an eye on how much it holds. */
function createCells(options: LocalOptions, records: Records, etc: string) {
  const run = createRun(options);
  const { at, read, change } = records;
  /** The last measure of each sandbox, and whether it worked. */
  const measuring = new Map<string, Promise<boolean>>();
  const argvOf = (id: string, command: Command) => {
    const settings = options.settings();
    const transfer = command.isOwn ? at(id, "transfer") : undefined;
    const view = { work: at(id, "work"), home: at(id, "home"), transfer, etc, node: nodeDirectory() };
    return cellArgv({ ...view, readOnlyPaths: settings.readOnlyPaths }, settings, command);
  };
  const own = (id: string, text: string, onOutput: CommandWatch["onOutput"] = () => undefined) =>
    run(argvOf(id, { text, isOwn: true }), { signal: AbortSignal.timeout(OWN_MS), graceMs: () => 0, onOutput });
  const measure = async (id: string) => {
    let said = "";
    await own(id, MEASURE, (_, chunk) => void (said += Buffer.from(chunk).toString("latin1")));
    const usedMiB = Number.parseInt(said, 10);
    if (Number.isNaN(usedMiB))
      throw new SandboxFailure("how much this sandbox holds could not be measured", "run again");
    await change(id, { usedMiB, lastUsedAt: options.now() });
  };
  const usedMiB = async (id: string) => (await read(id))?.usedMiB ?? 0;
  const refuseWhenFull = async (id: string) => {
    const { diskMiB } = options.settings();
    const isMeasured = (await measuring.get(id)) ?? true;
    if (isMeasured && (await usedMiB(id)) <= diskMiB) return;
    // It may have been emptied since.
    await measure(id);
    const used = await usedMiB(id);
    if (used > diskMiB) throw new SandboxFailure(`this sandbox holds ${used} MiB, more than it may`, "sandbox reset");
  };
  return {
    /** Emptied from within: what foreign code left there is never walked through from outside. */
    empty: async (id: string) => {
      await measuring.get(id);
      await own(id, EMPTY);
    },
    exec: async (id: string, command: Command, watch: CommandWatch) => {
      if (command.text.length > MAX_TEXT) throw new SandboxFailure("the command is too long", "put it into a file");
      if (command.isOwn) return run(argvOf(id, command), watch);
      await refuseWhenFull(id);
      await change(id, { lastUsedAt: options.now() });
      try {
        return await run(argvOf(id, command), watch);
      } finally {
        measuring.set(
          id,
          measure(id).then(
            () => true,
            () => false,
          ),
        );
      }
    },
    settled: () => Promise.all(measuring.values()),
  };
}

/** The provider whose sandboxes are directories of this machine. */
export async function openLocalProvider(options: LocalOptions): Promise<Provider> {
  const { directory, now, instance } = options;
  const records = createRecords(directory);
  const { at, change } = records;
  const cells = createCells(options, records, await prepare(directory));
  return {
    name: "local",
    isOnline: false,
    list: async (root) =>
      (await records.all())
        .filter(({ meta }) => meta.instance === instance && (root === undefined || meta.root === root))
        .map(({ id, meta }) => foundOf(id, meta)),
    create: async ({ root, anchor }) => {
      const id = sandboxName(root, options.worktrees, { hash: sha256Hex(root), isHashed: true });
      for (const name of ["work", "home", "transfer"]) await mkdir(at(id, name), { recursive: true, mode: 0o700 });
      const times = { createdAt: now(), lastUsedAt: now() };
      const meta: Meta = { root, anchor, instance, sha: "", ...times, isStopped: false, usedMiB: 0 };
      await records.write(id, meta);
      return foundOf(id, meta);
    },
    start: ({ id }) => change(id, { isStopped: false }),
    // Nothing computes between commands: it only counts no more.
    stop: async ({ id }) => {
      await change(id, { isStopped: true });
      return "kept";
    },
    remove: async ({ id }) => {
      await cells.empty(id);
      await rm(at(id, ""), { recursive: true, force: true });
    },
    setSha: ({ id }, sha) => change(id, { sha }),
    put: ({ id }, from, name) => copyFile(from, at(id, `transfer/${name}`), constants.COPYFILE_EXCL),
    get: ({ id }, name, maxBytes) => takeCapped(at(id, `transfer/${name}`), maxBytes),
    exec: ({ id }, command, watch) => cells.exec(id, command, watch),
    close: async () => {
      await cells.settled();
    },
  };
}
