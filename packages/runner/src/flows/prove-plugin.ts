/**
 * Proves that OpenCode has loaded Thor's plugin: one that failed to load is skipped without a word, and then the file
 * tools are unguarded and no command of the agent is admitted. Until it is proven no prompt is sent.
 */
import type { Log } from "@thor/kit/flow/log";

import { isToolPart, type Part } from "../core/opencode/project.ts";

const AGAIN_MS = 5000;
const POLL_MS = 50;
const COMMAND = 'printf %s "$THOR_OPENCODE_SESSION_ID"';
/** The conversation of scratch sessions; no run ever has it. */
const NOBODYS = "canary";
/** How a scratch session calls itself. */
export const SCRATCH_TITLE = "Thor's check";

export interface ProvePluginDeps {
  log: Log;
  now: () => number;
  pause: (ms: number) => Promise<void>;
  isConnected: () => boolean;
  directory: string;
  createSession: (session: {
    title: string;
    directory: string;
    anchorId: string;
  }) => Promise<{ kind: string; body?: { id: string } | undefined }>;
  deleteSession: (id: string) => Promise<unknown>;
  shell: (
    id: string,
    directory: string,
    command: string,
  ) => Promise<{ kind: string; body?: { parts: readonly Part[] } | undefined }>;
  writePass: (pass: { sessionId: string; anchorId: string; cwd: string }) => Promise<void>;
  removePass: (sessionId: string) => Promise<void>;
}

/** `no_pass`: passes cannot be written, so nothing can be proven; runs end for that reason before they are sent. */
type PluginState = "unknown" | "loaded" | "missing" | "no_pass";

const outputOf = (parts: readonly Part[]) =>
  parts
    .filter(isToolPart)
    .map(({ state }) => state.output ?? "")
    .join("\n");

/** Asks a scratch session what the plugin gives to its commands; `undefined` when nobody could be asked. */
async function tryPlugin(deps: ProvePluginDeps): Promise<PluginState | undefined> {
  const { directory } = deps;
  const { body: session } = await deps.createSession({ title: SCRATCH_TITLE, directory, anchorId: NOBODYS });
  if (session === undefined) return undefined;
  const { id: sessionId } = session;
  try {
    const isWritten = await deps.writePass({ sessionId, anchorId: NOBODYS, cwd: directory }).then(
      () => true,
      () => false,
    );
    if (!isWritten) return "no_pass";
    const { body: said } = await deps.shell(sessionId, directory, COMMAND);
    if (said === undefined) return undefined;
    return outputOf(said.parts).includes(sessionId) ? "loaded" : "missing";
  } finally {
    await Promise.allSettled([deps.deleteSession(sessionId), deps.removePass(sessionId)]);
  }
}

export function createProvePlugin(deps: ProvePluginDeps) {
  let state: PluginState = "unknown";
  let asking = new AbortController();

  const prove = async ({ signal }: AbortController): Promise<void> => {
    while (!signal.aborted) {
      const found = await tryPlugin(deps).catch((err: unknown) => {
        deps.log.warn({ event: "plugin_unproven", err }, "the plugin could not be proven");
        return undefined;
      });
      if (signal.aborted) return;
      state = found ?? state;
      if (found === "loaded") return deps.log.info({ event: "plugin_loaded" }, "OpenCode has loaded Thor's plugin");
      if (found === "missing")
        deps.log.error({ event: "plugin_missing" }, "OpenCode has not loaded Thor's plugin: nothing is sent to it");
      await deps.pause(AGAIN_MS);
    }
  };
  const within = async (ms: number, isReady: () => boolean): Promise<boolean> => {
    const until = deps.now() + ms;
    while (!isReady() && deps.now() < until) await deps.pause(POLL_MS);
    return isReady();
  };

  return {
    state: () => state,
    /** Another server may answer by now: what was proven of the one before says nothing. */
    begin: (): void => {
      state = "unknown";
      asking.abort();
      asking = new AbortController();
      void prove(asking);
    },
    stop: (): void => asking.abort(),
    /** Whether a prompt may be sent, after waiting so long for it. */
    maySend: (withinMs: number) => within(withinMs, () => deps.isConnected() && state === "loaded"),
    /** Whether a run may be opened: one that no pass can be written for ends by itself, with that reason. */
    mayOpen: (withinMs: number) =>
      within(withinMs, () => deps.isConnected() && (state === "loaded" || state === "no_pass")),
  };
}
