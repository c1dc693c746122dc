/** Brings what a command changed back into the worktree. The sandbox is not trusted: it answers a list and an archive, and all else is decided here. */
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { TRANSFER } from "../provider.ts";
import { SandboxFailure } from "../pure/failure.ts";
import { MAX_PATH_BYTES, MAX_PATHS, MAX_TOTAL_BYTES } from "../pure/limits.ts";
import { safeParts } from "../pure/paths.ts";
import { planPull, type PathFacts, type PullPlan } from "../pure/pull-plan.ts";
import { collectScript } from "../pure/scripts.ts";
import { topCounts } from "../pure/status.ts";
import { gitText, type Worktree } from "./host-git.ts";
import { runOwn, type Transfer } from "./push.ts";
import { readTar, type Staged } from "./read-tar.ts";
import { changedPaths, DELETED, headOf, stateAt, type Snapshot } from "./snapshot.ts";
import { openTree, type Tree } from "./tree.ts";

export interface Pulled {
  changed: number;
  added: number;
  deleted: number;
  /** Changed here meanwhile, or in the way. */
  conflicts: readonly string[];
  badLinks: readonly string[];
}

const TAR_OVERHEAD = 8192;

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function parseList(bytes: Buffer, synced: ReadonlySet<string>): string[] {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new SandboxFailure("the sandbox has a file whose name is not UTF-8", "rename or ignore it");
  }
  const paths = [...new Set(text.split("\0").filter((path) => path !== ""))];
  const fresh = paths.filter((path) => !synced.has(path));
  if (fresh.length > MAX_PATHS)
    throw new SandboxFailure(
      `too many changes to sync: ${fresh.length} paths or more (${topCounts(fresh)})`,
      "commit or ignore them; sandbox pull tries again",
    );
  const bad = paths.find((path) => safeParts(path) === undefined);
  if (bad !== undefined) throw new SandboxFailure(`cannot sync ${JSON.stringify(bad.slice(0, 200))}`);
  return paths;
}

/** Fetches names and contents of what may have changed. */
async function collect(transfer: Transfer, snapshot: Snapshot) {
  const { provider, found, directory } = transfer;
  const id = randomUUID();
  const at = (kind: string) => `${TRANSFER}/${id}.${kind}`;
  const synced = new Set(snapshot.states.keys());
  if (synced.size > 0) {
    const extra = join(directory, `${id}.extra`);
    await writeFile(extra, [...synced].map((path) => `${path}\0`).join(""), { mode: 0o600, flag: "wx" });
    await provider.put(found, extra, `${id}.extra`);
  }
  const script = collectScript({ head: snapshot.head, extra: at("extra"), list: at("list"), archive: at("tar") });
  const { code, stdout } = await runOwn(transfer, script);
  const count = Number(stdout.trim());
  if (code !== 0 || !Number.isInteger(count))
    throw new SandboxFailure("the sandbox could not say what changed", "sandbox reset, or sandbox delete");
  if (count === 0) return { paths: [], staged: new Map<string, Staged>() };
  const paths = parseList(await bytesOf(provider.get(found, `${id}.list`, 2 * MAX_PATHS * MAX_PATH_BYTES)), synced);
  const maxBytes = MAX_TOTAL_BYTES + paths.length * TAR_OVERHEAD;
  const staged = await readTar(provider.get(found, `${id}.tar`, maxBytes), { announced: new Set(paths), directory });
  return { paths, staged };
}

/** The paths that are not as in the synced commit any more. */
async function touchedPaths(worktree: Worktree, snapshot: Snapshot): Promise<Set<string>> {
  const [head, changed] = await Promise.all([headOf(worktree), changedPaths(worktree)]);
  const touched = new Set(changed.map(({ path }) => path));
  if (head === snapshot.head) return touched;
  const between = await gitText(worktree, ["diff", "--name-only", "--no-renames", "-z", snapshot.head, head, "--"]);
  for (const path of between.split("\0")) touched.add(path);
  return touched;
}

async function trackedAmong(worktree: Worktree, paths: readonly string[]): Promise<Set<string>> {
  if (paths.length === 0) return new Set();
  const listed = await gitText(worktree, ["--literal-pathspecs", "ls-files", "-z", "--", ...paths]);
  return new Set(listed.split("\0"));
}

async function factsOf(
  { worktree }: Transfer,
  snapshot: Snapshot,
  given: { paths: readonly string[]; staged: ReadonlyMap<string, Staged>; tree: Tree },
): Promise<PathFacts[]> {
  const { paths, staged, tree } = given;
  const [touched, tracked] = await Promise.all([touchedPaths(worktree, snapshot), trackedAmong(worktree, paths)]);
  const facts: PathFacts[] = [];
  for (const path of paths) {
    const ours = await stateAt(tree, path);
    // What is there without being tracked or listed is ignored here: the sandbox never had it.
    const isForeign = ours !== DELETED && !tracked.has(path);
    const isTouched = touched.has(path) || isForeign;
    const theirs = staged.get(path)?.state ?? DELETED;
    facts.push({ path, theirs, synced: snapshot.states.get(path), ours, isTouched });
  }
  return facts;
}

async function apply(plan: PullPlan, given: { tree: Tree; staged: ReadonlyMap<string, Staged>; check: () => void }) {
  const { tree, staged, check } = given;
  const blocked: string[] = [];
  const counts = { changed: 0, added: 0, deleted: 0 };
  for (const path of plan.remove) {
    check();
    if (await tree.remove(path)) counts.deleted += 1;
    else blocked.push(path);
  }
  for (const path of plan.write) {
    check();
    const wanted = staged.get(path)?.wanted;
    const before = await stateAt(tree, path);
    const isPlaced = wanted !== undefined && (await tree.place(path, wanted));
    if (!isPlaced) blocked.push(path);
    else if (before === DELETED) counts.added += 1;
    else counts.changed += 1;
  }
  return { ...counts, blocked };
}

/** Puts the difference between the snapshot and the sandbox into the worktree, path by path. */
export async function pullBack(transfer: Transfer, snapshot: Snapshot): Promise<Pulled> {
  const { paths, staged } = await collect(transfer, snapshot);
  if (paths.length === 0) return { changed: 0, added: 0, deleted: 0, conflicts: [], badLinks: [] };
  const tree = await openTree(transfer.worktree.root);
  try {
    const plan = planPull(await factsOf(transfer, snapshot, { paths, staged, tree }));
    const { blocked, ...counts } = await apply(plan, { tree, staged, check: transfer.check });
    return { ...counts, conflicts: [...plan.conflicts, ...blocked].toSorted(), badLinks: plan.badLinks };
  } finally {
    await tree.close();
  }
}
