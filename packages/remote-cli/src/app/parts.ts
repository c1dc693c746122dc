/** What every part of remote-cli is built from. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";
import type { WorkspaceConfigView } from "@thor/workspace-config/loader";

import type { createOpenPlace } from "../adapters/git-place.ts";
import type { resolveRoots } from "../adapters/real-roots.ts";
import type { RemoteCliConfig } from "../config.ts";
import type { HeldSecret } from "../core/outbound/redact-output.ts";
import type { CallAudit } from "../flows/call-audit.ts";

export interface Parts {
  config: RemoteCliConfig;
  log: Log;
  ledger: Ledger;
  view: WorkspaceConfigView;
  audit: CallAudit;
  heldSecrets: () => readonly HeldSecret[];
}
export type Placing = Awaited<ReturnType<typeof resolveRoots>> & { openPlace: ReturnType<typeof createOpenPlace> };

/** Where people read about a conversation, or one of its runs. */
export const viewerLinkOf =
  ({ runnerBaseUrl }: RemoteCliConfig) =>
  (anchorId: string, triggerId?: string) =>
    [`${runnerBaseUrl}/runner/v/${anchorId}`, ...(triggerId === undefined ? [] : [triggerId])].join("/");
