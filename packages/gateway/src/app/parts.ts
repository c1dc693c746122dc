import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";
import type { WorkspaceConfigView } from "@thor/workspace-config/loader";

import type { GatewayConfig } from "../config.ts";
import type { Pressure } from "../flows/pressure.ts";

/** What every side of the gateway is made of. */
export interface Parts {
  config: GatewayConfig;
  ledger: Ledger;
  view: WorkspaceConfigView;
  log: Log;
  pressure: Pressure;
}
