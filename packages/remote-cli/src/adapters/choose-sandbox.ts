/** Where project code runs on this installation: decided once, and never changed at run time. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import type { Log } from "@thor/kit/flow/log";
import type { Launcher } from "@thor/kit/launcher";
import type { Provider } from "@thor/sandbox/provider";
import { openLocalProvider, probeCells } from "@thor/sandbox/providers/local";
import { chooseProvider } from "@thor/sandbox/pure/choose-provider";
import type { WorkspaceConfig } from "@thor/workspace-config/pure/schema/root";

import type { RemoteCliConfig } from "../config.ts";
import { findProgram } from "./find-program.ts";

type Settings = WorkspaceConfig["sandbox"];
export interface ChooseSandboxOptions {
  config: RemoteCliConfig;
  worktrees: string;
  instance: string;
  settings: () => Settings;
  start: Launcher["start"];
  log: Log;
}

/** Opens the provider, or says why there is none. */
export async function chooseSandbox(options: ChooseSandboxOptions): Promise<Provider | { kind: "off"; text: string }> {
  const { config, worktrees, instance, settings, start, log } = options;
  const { directory } = config.sandboxes;
  const bwrap = findProgram("bwrap", config.path);
  const probe = async () => {
    if (bwrap === undefined) return false;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return probeCells({ directory, bwrap, start });
  };
  const hasCells = await probe().catch(() => false);
  const chosen = chooseProvider({ wanted: config.sandboxes.provider ?? settings().provider, hasCells });
  log.info({ event: "sandbox_provider", provider: chosen.kind, hasCells }, "where project code runs");
  if (chosen.kind === "off" || bwrap === undefined) return { kind: "off", text: chosen.text };
  await mkdir(join(directory, ".scratch"), { recursive: true, mode: 0o700 });
  return openLocalProvider({
    directory,
    worktrees,
    instance,
    bwrap,
    start,
    now: Date.now,
    settings: () => settings().local,
  });
}
