import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Log } from "@thor/kit/flow/log";
import { StartRefused } from "@thor/kit/run-service";

import type { RemoteCliConfig } from "../config.ts";
import { createConfine, probeConfinement, unconfined } from "./confinement.ts";
import { findProgram } from "./find-program.ts";

/** The second wall: demanded, used where it works, or left out, as the operator says. */
export async function chooseConfinement({ sandbox, path, github }: RemoteCliConfig, log: Log) {
  if (sandbox === "none") return unconfined;
  const bwrap = findProgram("bwrap", path);
  if (bwrap !== undefined && (await probeConfinement(bwrap, path))) {
    const here = dirname(fileURLToPath(import.meta.url));
    const authority = github.caFile === undefined ? [] : [github.caFile];
    return createConfine({
      bwrap,
      needed: [dirname(process.execPath), join(here, "..", "askpass.ts"), ...authority],
    });
  }
  if (sandbox === "bwrap")
    throw new StartRefused("bubblewrap does not work here, and THOR_EXEC_SANDBOX=bwrap demands it");
  log.warn({ event: "exec_sandbox_unavailable" }, "commands run without a second wall");
  return unconfined;
}
