/** What every side of the service is built from. */
import { contextUrl } from "@thor/domain/footer";
import type { RunChild } from "@thor/kit/child";
import type { Log } from "@thor/kit/flow/log";
import type { Launcher } from "@thor/kit/launcher";
import type { Metrics } from "@thor/kit/metrics";
import type { Ledger } from "@thor/ledger/port";
import type { WorkspaceConfigView } from "@thor/workspace-config/loader";
import { profileOfRepo } from "@thor/workspace-config/pure/profile";

import type { Confine } from "../adapters/confinement.ts";
import type { createOpenPlace } from "../adapters/git-place.ts";
import type { GithubApp } from "../adapters/github-app.ts";
import type { resolveRoots } from "../adapters/real-roots.ts";
import type { RemoteCliConfig } from "../config.ts";
import { personFor } from "../core/access/person.ts";
import type { Caller } from "../core/call.ts";
import type { JudgeRules } from "../core/git/judge.ts";
import type { HeldSecret } from "../core/outbound/redact-output.ts";
import type { CallAudit } from "../flows/call-audit.ts";

/** The PATH on which each tool is found, or none that holds it. */
export interface ToolPaths {
  git: string;
  gh: string;
}

export interface Parts {
  config: RemoteCliConfig;
  log: Log;
  metrics: Metrics;
  ledger: Ledger;
  view: WorkspaceConfigView;
  audit: CallAudit;
  github: GithubApp;
  confine: Confine;
  runChild: RunChild;
  launcher: Launcher;
  toolPaths: ToolPaths;
  heldSecrets: () => readonly HeldSecret[];
}
export type Placing = Awaited<ReturnType<typeof resolveRoots>> & { openPlace: ReturnType<typeof createOpenPlace> };

/** The page of a conversation. */
export const viewerLinkOf =
  ({ runnerBaseUrl }: RemoteCliConfig) =>
  (anchorId: string, triggerId?: string) =>
    contextUrl(runnerBaseUrl, anchorId, triggerId);

/** The known person for whom a call works. */
export function createPersonOf({ view }: Parts) {
  return (caller: Caller) =>
    caller.kind === "session" ? personFor(view.current().admission.users, caller.trigger?.requesters ?? []) : undefined;
}

/** What the judges of git and gh ask about a place. */
export const judgeRulesOf = ({ config, view }: Parts): JudgeRules => ({
  viewerLink: viewerLinkOf(config),
  profileOfRepo: (repo) => profileOfRepo(view.current().admission, repo),
});
