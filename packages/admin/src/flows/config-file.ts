/** A file that operators edit: read, check, compare, save as a version, never over somebody else's change. */
import type { Ledger } from "@thor/ledger/port";

import { mergeTexts } from "../core/text-diff.ts";

export interface TextIssue {
  line: number;
  column: number;
  path: string;
  message: string;
  suggestion?: string | undefined;
}
export interface Checked {
  issues: readonly TextIssue[];
  warnings: readonly TextIssue[];
}
export interface OnDisk {
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

const revOf = (deps: Pick<ConfigDeps, "digest">, text: string) => (text === "" ? "" : deps.digest(text).slice(0, 12));
const MAX_VERSIONS = 50;

export function createConfigFile(deps: ConfigDeps, file: TextFile) {
  /** The text that an editor began with, from the versions. */
  const baseText = async (rev: string): Promise<string | undefined> => {
    const versions = await deps.configVersions({ file: file.name, limit: MAX_VERSIONS });
    return versions.find((version) => version.rev === rev)?.text;
  };

  /** What saving would mean. */
  const review = async (text: string, base: string): Promise<Reviewed> => {
    const disk = await file.read();
    const checked = file.check(text);
    if (checked.issues.length > 0) return { kind: "invalid", checked, disk };
    if (disk.rev !== base) {
      const began = await baseText(base);
      return { kind: "conflict", disk, merged: began === undefined ? undefined : mergeTexts(began, text, disk.text) };
    }
    if (text === disk.text) return { kind: "unchanged" };
    return { kind: "ready", disk, checked, sentences: file.describe(disk.text, text) };
  };

  /** A version first, then the file: whatever dies between, what is on disk is one valid text or the other. */
  const save = async (wish: {
    text: string;
    base: string;
    email: string;
    reason: string | undefined;
    requestId: string;
    origin: "admin" | "restore";
  }): Promise<Reviewed | { kind: "saved"; version: number } | { kind: "failed"; why: string }> => {
    const { text, base, email, reason, requestId, origin } = wish;
    const reviewed = await review(text, base);
    const audit = {
      service: "admin",
      event: origin === "restore" ? "config.restored" : "config.saved",
      actorKind: "admin" as const,
      actor: email,
      target: file.name,
      reason,
      requestId,
      beforeDigest: deps.digest(reviewed.kind === "ready" ? reviewed.disk.text : ""),
      afterDigest: deps.digest(text),
    };
    if (reviewed.kind !== "ready") {
      const count = reviewed.kind === "invalid" ? reviewed.checked.issues.length : 0;
      await deps.appendAudit({
        ...audit,
        event: "config.rejected",
        decision: "refused",
        detail: { kind: reviewed.kind, errors: count },
      });
      return reviewed;
    }
    const version = { file: file.name, sha256: deps.digest(text), text, author: email, origin, reason };
    const kept = await deps.saveConfigVersion({ ...version, audit: { ...audit, decision: "done" } });
    if (kept.kind !== "saved" && kept.kind !== "exists")
      return { kind: "failed", why: "The version could not be stored. Nothing was changed." };
    const written = await file.write(text, base);
    if (written.kind === "written") return { kind: "saved", version: kept.version };
    const disk = await file.read();
    // What is on disk stays the newest version.
    await deps.saveConfigVersion({
      file: file.name,
      sha256: deps.digest(disk.text),
      text: disk.text,
      author: "file",
      origin: "file",
    });
    return written.kind === "conflict"
      ? { kind: "conflict", disk, merged: undefined }
      : { kind: "failed", why: written.why };
  };
  return { file, review, save, rev: (text: string) => revOf(deps, text) };
}
export type ConfigFile = ReturnType<typeof createConfigFile>;
