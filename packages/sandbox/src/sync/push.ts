/** Brings a sandbox to the state of a snapshot: history when it lacks the commit, then the commit, then the changes. */
import { randomUUID } from "node:crypto";
import { readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { TRANSFER, type Provider } from "../provider.ts";
import type { Found } from "../pure/choose.ts";
import { SandboxFailure } from "../pure/failure.ts";
import { MAX_HISTORY_BYTES } from "../pure/limits.ts";
import { importScript, NEEDS_HISTORY, syncScript } from "../pure/scripts.ts";
import { gitText, type Worktree } from "./host-git.ts";
import { DELETED, type Snapshot } from "./snapshot.ts";

export interface Transfer {
  provider: Provider;
  found: Found;
  worktree: Worktree;
  /** Private to this piece of work, and gone after it. */
  directory: string;
  signal: AbortSignal;
  note: (text: string) => void;
  /** Throws when the right to write was lost meanwhile. */
  check: () => void;
}

const MAX_TEXT = 4000;

/** Runs one of the engine's own scripts; answers its exit code and what it printed. */
export async function runOwn({ provider, found, signal }: Transfer, text: string) {
  const said = { stdout: "", stderr: "" };
  const code = await provider.exec(
    found,
    { text, isOwn: true },
    {
      signal,
      graceMs: () => 0,
      onOutput: (stream, chunk) => {
        if (said[stream].length < MAX_TEXT) said[stream] += Buffer.from(chunk).toString("utf8");
      },
    },
  );
  if (signal.aborted) throw new SandboxFailure("cancelled");
  return { code, ...said };
}

const lastLine = (text: string) => text.trim().split("\n").at(-1) ?? "";

async function sizeOf(path: string): Promise<number> {
  return (await stat(path)).size;
}

/** Packs objects of the worktree's repository into a file; undefined when there are too many bytes. */
async function pack({ worktree, directory }: Transfer, revisions: string): Promise<string | undefined> {
  const out = join(directory, `pack-${randomUUID()}`);
  const argv = ["pack-objects", "-q", "--revs", "--delta-base-offset", out];
  const { code } = await worktree.git(argv, { stdin: revisions, writable: [directory] });
  if (code !== 0) return undefined;
  const name = (await readdir(directory)).find((one) => one.endsWith(".pack") && join(directory, one).startsWith(out));
  if (name === undefined) return undefined;
  return (await sizeOf(join(directory, name))) > MAX_HISTORY_BYTES ? undefined : join(directory, name);
}

async function send(transfer: Transfer, given: { head: string; file: string; tree?: string }): Promise<boolean> {
  const name = `${randomUUID()}.pack`;
  transfer.check();
  await transfer.provider.put(transfer.found, given.file, name);
  await rm(given.file, { force: true });
  const script = importScript({ head: given.head, file: `${TRANSFER}/${name}`, tree: given.tree });
  return (await runOwn(transfer, script)).code === 0;
}

/** What changed since the commit that is there, else all history, else the files alone. */
async function sendHistory(transfer: Transfer, head: string): Promise<void> {
  const { worktree, found, note } = transfer;
  const isShallow = (await gitText(worktree, ["rev-parse", "--is-shallow-repository"])).trim() === "true";
  const ranges = [...(found.sha === "" ? [] : [`${head}\n^${found.sha}\n`]), `${head}\n`];
  for (const range of isShallow ? [] : ranges) {
    const file = await pack(transfer, range);
    if (file !== undefined && (await send(transfer, { head, file }))) return;
  }
  const tree = (await gitText(worktree, ["rev-parse", `${head}^{tree}`])).trim();
  const file = await pack(transfer, `${tree}\n`);
  if (file === undefined || !(await send(transfer, { head, file, tree })))
    throw new SandboxFailure("the files could not be brought into the sandbox", "sandbox reset, or sandbox delete");
  note("no history in this sandbox: the clone here is shallow or too large");
}

async function sendState(transfer: Transfer, snapshot: Snapshot, given: { archive: string; isFresh: boolean }) {
  const { provider, found, directory, check } = transfer;
  const id = randomUUID();
  const gone = [...snapshot.states].filter(([, state]) => state === DELETED).map(([path]) => path);
  const kept = [...snapshot.states.keys()].filter((path) => !gone.includes(path));
  const list = join(directory, `${id}.deleted`);
  await writeFile(list, gone.map((path) => `${path}\0`).join(""), { mode: 0o600, flag: "wx" });
  check();
  await provider.put(found, given.archive, `${id}.tar`);
  await provider.put(found, list, `${id}.deleted`);
  const names = { archive: `${TRANSFER}/${id}.tar`, deleted: `${TRANSFER}/${id}.deleted` };
  return runOwn(transfer, syncScript({ head: snapshot.head, kept, isFresh: given.isFresh, ...names }));
}

/** After this the sandbox holds the snapshot and, unless it is to be fresh, what is ignored. */
export async function pushSnapshot(
  transfer: Transfer,
  snapshot: Snapshot,
  given: { archive: string; isFresh: boolean },
): Promise<void> {
  let sent = await sendState(transfer, snapshot, given);
  if (sent.code === NEEDS_HISTORY) {
    await sendHistory(transfer, snapshot.head);
    sent = await sendState(transfer, snapshot, given);
  }
  if (sent.code !== 0)
    throw new SandboxFailure(
      `the sandbox could not be synced: ${lastLine(sent.stderr)}`,
      "sandbox reset, or sandbox delete",
    );
  transfer.check();
  await transfer.provider.setSha(transfer.found, snapshot.head);
}
