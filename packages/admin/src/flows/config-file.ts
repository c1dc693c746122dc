/** A file that operators edit: read, check, compare, save as a version, never over somebody else's change. */
import type { Ledger } from "@thor/ledger/port";

import { mergeTexts } from "../core/text-diff.ts";

interface TextIssue {
  line: number;
  column: number;
  path: string;
  message: string;
  suggestion?: string | undefined;
}
interface Checked {
  issues: readonly TextIssue[];
  warnings: readonly TextIssue[];
}
interface OnDisk {
  text: string;
  /** First 12 hex digits of its SHA-256; empty for a file that is not there. */
  rev: string;
  /** Why there is no text to rely on. */
  fault?: string | undefined;
}
export type WrittenFile = { kind: "written" } | { kind: "conflict" } | { kind: "failed"; why: string };

/** One such file, as its adapter offers it. */
export interface TextFile {
  /** Its name among the versions. */
  name: string;
  read: () => Promise<OnDisk>;
  check: (text: string) => Checked;
  /** What changes in meaning, in sentences; undefined where nothing can tell. */
  describe: (before: string, after: string) => string[] | undefined;
  write: (text: string, base: string) => Promise<WrittenFile>;
}

export interface ConfigDeps extends Pick<
  Ledger,
  "saveConfigVersion" | "configVersions" | "configVersion" | "appendAudit"
> {
  digest: (text: string) => string;
}

export type Reviewed =
  | { kind: "invalid"; checked: Checked; disk: OnDisk }
  | { kind: "unchanged" }
  | { kind: "conflict"; disk: OnDisk; merged: string | undefined }
  | { kind: "ready"; disk: OnDisk; checked: Checked; sentences: string[] | undefined };

const MAX_VERSIONS = 50;

/** Compares a text that is to be saved with what is on disk by now. */
const createReview =
  (deps: ConfigDeps, file: TextFile) =>
  async (text: string, base: string): Promise<Reviewed> => {
    const disk = await file.read();
    const checked = file.check(text);
    if (checked.issues.length > 0) return { kind: "invalid", checked, disk };
    if (disk.rev !== base) {
      const versions = await deps.configVersions({ file: file.name, limit: MAX_VERSIONS });
      const began = versions.find(({ rev }) => rev === base)?.text;
      return { kind: "conflict", disk, merged: began === undefined ? undefined : mergeTexts(began, text, disk.text) };
    }
    if (text === disk.text) return { kind: "unchanged" };
    return { kind: "ready", disk, checked, sentences: file.describe(disk.text, text) };
  };

interface SaveWish {
  text: string;
  base: string;
  email: string;
  reason: string | undefined;
  requestId: string;
  origin: "admin" | "restore";
}

/** The evidence of a save, without what came of it. */
const proofOf = ({ digest }: ConfigDeps, file: TextFile, { wish, before }: { wish: SaveWish; before: string }) => ({
  service: "admin",
  event: wish.origin === "restore" ? "config.restored" : "config.saved",
  actorKind: "admin" as const,
  actor: wish.email,
  target: file.name,
  reason: wish.reason,
  requestId: wish.requestId,
  beforeDigest: digest(before),
  afterDigest: digest(wish.text),
});

export function createConfigFile(deps: ConfigDeps, file: TextFile) {
  const review = createReview(deps, file);

  const refuse = async (wish: SaveWish, reviewed: Reviewed) => {
    const errors = reviewed.kind === "invalid" ? reviewed.checked.issues.length : 0;
    const detail = { kind: reviewed.kind, errors };
    const proof = proofOf(deps, file, { wish, before: "" });
    await deps.appendAudit({ ...proof, event: "config.rejected", decision: "refused", detail });
    return reviewed;
  };

  /** What is on disk stays the newest version when a text could not get there. */
  const giveBack = async (written: Exclude<WrittenFile, { kind: "written" }>) => {
    const disk = await file.read();
    const sha256 = deps.digest(disk.text);
    await deps.saveConfigVersion({ file: file.name, sha256, text: disk.text, author: "file", origin: "file" });
    return written.kind === "conflict" ? { kind: "conflict" as const, disk, merged: undefined } : written;
  };

  /** A version first, then the file: whatever dies between, what is on disk is one valid text or the other. */
  const save = async (
    wish: SaveWish,
  ): Promise<Reviewed | { kind: "saved"; version: number } | { kind: "failed"; why: string }> => {
    const { text, base, email, reason, origin } = wish;
    const reviewed = await review(text, base);
    if (reviewed.kind !== "ready") return refuse(wish, reviewed);
    const audit = { ...proofOf(deps, file, { wish, before: reviewed.disk.text }), decision: "done" };
    const version = { file: file.name, sha256: deps.digest(text), text, author: email, origin, reason, audit };
    const kept = await deps.saveConfigVersion(version);
    if (kept.kind !== "saved" && kept.kind !== "exists")
      return { kind: "failed", why: "The version could not be stored. Nothing was changed." };
    const written = await file.write(text, base);
    return written.kind === "written" ? { kind: "saved", version: kept.version } : giveBack(written);
  };
  return { file, review, save };
}
export type ConfigFile = ReturnType<typeof createConfigFile>;
