/**
 * What is in force, given what was read so far.
 *
 *   valid file            → its own two halves
 *   parses, has issues    → operational: last good · admission: last good ∩ file
 *   unparsable or missing → operational: last good · admission: last good for 60 s from the first failure, then empty
 */
import { admissionOf, type Admission } from "./admission.ts";
import { intersect } from "./intersect.ts";
import { operationalOf, type Operational } from "./operational.ts";
import { issueLine, type ReadConfig } from "./read.ts";
import type { WorkspaceConfig } from "./schema/root.ts";

/** One immutable reading of thor.json; a request takes one and keeps it. */
export interface ConfigView {
  /** First 12 hex digits of the SHA-256 of the last good text. */
  readonly version: string;
  readonly state: "valid" | "faulty" | "unreadable";
  readonly admission: Admission;
  readonly operational: Operational;
  /** What is wrong with the file now, one line per issue. */
  readonly issues: readonly string[];
}

export interface Standing {
  /** What the last text that was read says, or said while it could be read. */
  readonly view: ConfigView;
  /** What remains once the patience with an unreadable file is over. */
  readonly emptied: ConfigView;
  readonly good: { readonly version: string; readonly admission: Admission; readonly operational: Operational };
  /** Since when the file is bad; undefined while it is valid. */
  readonly failingSince: number | undefined;
}

const PATIENCE_MS = 60_000;

function settled(good: Standing["good"], view: ConfigView, failingSince?: number): Standing {
  const emptied = { ...view, admission: intersect(good.admission, null) };
  return { good, view, emptied, failingSince };
}

/** A version that is good, from the file or from the store. */
export function standingOn(version: string, config: WorkspaceConfig): Standing {
  const good = { version, admission: admissionOf(config), operational: operationalOf(config) };
  return settled(good, { ...good, state: "valid", issues: [] });
}

/** What is in force after one more reading. */
export function afterReading(
  { good, failingSince }: Standing,
  read: ReadConfig,
  { now, version }: { now: number; version: string },
): Standing {
  if (read.kind === "valid") return standingOn(version, read.config);
  const admission = read.kind === "faulty" ? intersect(good.admission, read.raw) : good.admission;
  const view = { ...good, admission, state: read.kind, issues: read.issues.map(issueLine) };
  return settled(good, view, failingSince ?? now);
}

/** The view in force now. */
export function viewAt({ view, emptied, failingSince = 0 }: Standing, now: number): ConfigView {
  return view.state === "unreadable" && now - failingSince >= PATIENCE_MS ? emptied : view;
}
