/** The thread's status line: what the run does right now; one call at a time, seldom enough for Slack, gone at the end. */
import type { ToolPart } from "../core/opencode/project.ts";
import type { View } from "../core/progress/pace.ts";
import { toolName } from "../core/progress/tool-name.ts";

const CHANGE_MS = 1200;
/** Slack forgets a status after two minutes, and whenever somebody posts. */
const REFRESH_MS = 30_000;
const OFF_MS = 3_600_000;
/** Workspaces and channels without this feature; asked again after an hour. */
const NOT_HERE = new Set(["missing_scope", "unknown_method", "channel_type_not_supported", "not_allowed_token_type"]);
const MAX_CHARS = 50;
const NOTHING = { text: "", at: Number.NEGATIVE_INFINITY };
/** The agent's own way to speak in the thread. */
const POSTING = "slack-post-message";

export interface StatusKeeper {
  tool: (part: ToolPart) => void;
  state: (state: View["state"]) => void;
  /** Thor posted into the thread, and Slack took the status away with that. */
  posted: () => void;
  clear: () => Promise<void>;
}

export const silentStatus: StatusKeeper = {
  tool: () => undefined,
  state: () => undefined,
  posted: () => undefined,
  clear: () => Promise.resolve(),
};

interface Place {
  channel: string;
  threadTs: string;
}

export interface KeepStatusDeps {
  now: () => number;
  setStatus: (place: Place, status: string) => Promise<{ kind: string; code?: string; retryAfterMs?: number }>;
}

/** Keeps the status lines of all threads; where Slack has none, it is quiet for a while. */
export function createStatusKeepers({ now, setStatus }: KeepStatusDeps) {
  let offUntil = 0;

  const write = async (place: Place, status: string): Promise<void> => {
    if (now() < offUntil) return;
    const answer = await setStatus(place, status);
    if (answer.code !== undefined && NOT_HERE.has(answer.code)) offUntil = now() + OFF_MS;
    if (answer.retryAfterMs !== undefined) offUntil = now() + answer.retryAfterMs;
  };

  return (place: Place): StatusKeeper => {
    let tool: string | undefined;
    let shown = NOTHING;
    let writing: Promise<void> = Promise.resolve();
    let isBusy = false;
    let isOver = false;

    const wantedFor = (state: View["state"]): string => {
      if (state === "waiting") return "waits for an answer";
      if (state === "parked" || state === "stopping") return "";
      return tool === undefined ? "is thinking…" : `is running ${tool.slice(0, MAX_CHARS)}…`;
    };

    const show = (text: string) => {
      const age = now() - shown.at;
      const isDue = text === shown.text ? text !== "" && age >= REFRESH_MS : age >= CHANGE_MS;
      if (isBusy || isOver || !isDue) return;
      isBusy = true;
      shown = { text, at: now() };
      writing = write(place, text).finally(() => {
        isBusy = false;
      });
    };

    const posted = () => {
      shown = NOTHING;
    };

    return {
      tool: (part) => {
        tool = part.state.status === "running" ? toolName(part) : undefined;
        if (part.state.status === "completed" && toolName(part) === POSTING) posted();
      },
      posted,
      state: (state) => show(wantedFor(state)),
      clear: async () => {
        isOver = true;
        await writing;
        if (shown.text !== "") await write(place, "");
      },
    };
  };
}
