/** What of a sandbox's state may be put into the worktree: what nobody touched here meanwhile, and no link that leads out. */
import { isInnerLink } from "./paths.ts";

export interface PathFacts {
  path: string;
  /** In the sandbox now. */
  theirs: string;
  /** In the worktree when it was synced; undefined: as in the commit. */
  synced: string | undefined;
  /** In the worktree now; undefined: something that cannot be synced. */
  ours: string | undefined;
  /** Not as in the commit any more, although it was when it was synced, or never part of it. */
  isTouched: boolean;
}
export interface PullPlan {
  write: string[];
  remove: string[];
  conflicts: string[];
  badLinks: string[];
}

type Fate = "skip" | "write" | "remove" | "conflict" | "bad-link";

const LINK = "link ";

function fateOf({ path, theirs, synced, ours, isTouched }: PathFacts): Fate {
  if (theirs === ours || theirs === synced) return "skip";
  const isChangedHere = synced === undefined ? isTouched : ours !== synced;
  if (isChangedHere || ours === undefined) return "conflict";
  if (theirs === "deleted") return "remove";
  const isBadLink = theirs.startsWith(LINK) && !isInnerLink(path, theirs.slice(LINK.length));
  return isBadLink ? "bad-link" : "write";
}

/** Sorts every path into one of four heaps, or leaves it. */
export function planPull(all: readonly PathFacts[]): PullPlan {
  const of = (fate: Fate) => all.filter((facts) => fateOf(facts) === fate).map(({ path }) => path);
  return { write: of("write"), remove: of("remove"), conflicts: of("conflict"), badLinks: of("bad-link") };
}
