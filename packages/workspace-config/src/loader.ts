/** The live view of thor.json: read at start, read again when it changes, never replaced by a faulty text. */
import { readFile } from "node:fs/promises";

import { sha256Hex } from "@thor/kit/derived-key";
import type { Log } from "@thor/kit/flow/log";
import { watch } from "chokidar";

import { parseWorkspaceConfig } from "./pure/parse.ts";
import type { WorkspaceConfig } from "./pure/schema.ts";

export interface WorkspaceConfigView {
  /** The last valid value. */
  current: () => WorkspaceConfig;
  /** First 12 hex digits of the SHA-256 of the text it came from. */
  version: () => string;
  /** Whether the file on disk is missing or faulty right now. */
  degraded: () => boolean;
  close: () => Promise<void>;
}

const EMPTY = "{}";

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return undefined;
  }
}

function mustParse(text: string, path: string): WorkspaceConfig {
  const parsed = parseWorkspaceConfig(text);
  if (parsed.kind === "valid") return parsed.config;
  throw new Error(`${path} is not valid:\n${parsed.issues.join("\n")}`);
}

/** Opens thor.json; a faulty file stops the start with every fault named, a missing one grants nothing. */
export async function openWorkspaceConfig({ path, log }: { path: string; log: Log }): Promise<WorkspaceConfigView> {
  const first = await readText(path);
  let text = first ?? EMPTY;
  let config = mustParse(text, path);
  let isDegraded = first === undefined;

  const reload = async () => {
    const next = await readText(path);
    const parsed = next === undefined ? undefined : parseWorkspaceConfig(next);
    if (next === undefined || parsed === undefined || parsed.kind === "invalid") {
      isDegraded = true;
      const issues = parsed?.kind === "invalid" ? parsed.issues : ["the file cannot be read"];
      log.error(
        { event: "config_reload_failed_using_last_good", issues },
        "thor.json is faulty; the last good one stays",
      );
      return;
    }
    isDegraded = false;
    [text, config] = [next, parsed.config];
    log.info({ event: "config_loaded", version: sha256Hex(next).slice(0, 12) }, "thor.json loaded");
  };

  const watcher = watch(path, { ignoreInitial: true, awaitWriteFinish: { stabilityThreshold: 50, pollInterval: 20 } });
  watcher.on("all", () => void reload());
  await new Promise<void>((resolve) => watcher.once("ready", () => resolve()));
  return {
    current: () => config,
    version: () => sha256Hex(text).slice(0, 12),
    degraded: () => isDegraded,
    close: () => watcher.close(),
  };
}
