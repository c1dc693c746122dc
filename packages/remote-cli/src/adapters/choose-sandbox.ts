/** Where project code runs on this installation: decided once, and never changed at run time. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import type { Log } from "@thor/kit/flow/log";
import type { Launcher } from "@thor/kit/launcher";
import type { Provider } from "@thor/sandbox/provider";
import { openLocalProvider, probeCells } from "@thor/sandbox/providers/local";
import { chooseProvider } from "@thor/sandbox/pure/choose-provider";
import type { WorkspaceConfig } from "@thor/workspace-config/pure/schema/root";
import { durationMs } from "@thor/workspace-config/pure/schema/words";

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

type Chosen = Provider | { kind: "off"; text: string };

/** Where the SDK is loaded only when somebody has an account: it is large. */
async function openDaytona({ config, worktrees, instance, settings }: ChooseSandboxOptions, apiKey: string) {
  const { openDaytonaProvider } = await import("@thor/sandbox/providers/daytona");
  const { apiUrl, snapshot } = config.sandboxes.daytona;
  return openDaytonaProvider({
    apiKey,
    apiUrl,
    worktrees,
    instance,
    settings: () => {
      const { idleStop, keepStoppedFor, daytona } = settings();
      return {
        snapshot: daytona.snapshot ?? snapshot,
        idleStopMs: durationMs(idleStop),
        keepStoppedForMs: durationMs(keepStoppedFor),
        network: daytona.network ?? "open",
      };
    },
  });
}

/** Opens the provider, or says why there is none. */
export async function chooseSandbox(options: ChooseSandboxOptions): Promise<Chosen> {
  const { config, worktrees, instance, settings, start, log } = options;
  const { directory, daytona } = config.sandboxes;
  const bwrap = findProgram("bwrap", config.path);
  const probe = async () => {
    await mkdir(join(directory, ".scratch"), { recursive: true, mode: 0o700 });
    return bwrap !== undefined && probeCells({ directory, bwrap, start });
  };
  const hasCells = await probe().catch(() => false);
  const wanted = config.sandboxes.provider ?? settings().provider;
  const chosen = chooseProvider({ wanted, hasKey: daytona.apiKey !== undefined, hasCells });
  log.info({ event: "sandbox_provider", provider: chosen.kind, hasCells }, "where project code runs");
  if (chosen.kind === "off") return chosen;
  if (chosen.kind === "daytona") return openDaytona(options, daytona.apiKey ?? "");
  return openLocalProvider({
    directory,
    worktrees,
    instance,
    bwrap: bwrap ?? "bwrap",
    start,
    now: Date.now,
    settings: () => settings().local,
  });
}
