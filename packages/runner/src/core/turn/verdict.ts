/** What stored messages prove about a turn. Events only make Thor look; this decides. Table of runner §4.2. */
import {
  errorText,
  isTextPart,
  isToolPart,
  type OpencodeError,
  type SessionStatus,
  type StoredMessage,
} from "../opencode/project.ts";
import { countOfRun, isNudgeOfRun, isOfRun } from "../prompt-ids.ts";

export interface TurnSnapshot {
  status: SessionStatus;
  /** Stored messages from the run's prompt on, oldest first; empty when the prompt is not stored. */
  messages: readonly StoredMessage[];
}

export type Verdict =
  | { kind: "live"; isToolRunning: boolean }
  | { kind: "retry"; attempt: number; message: string; next: number }
  | { kind: "not_sent" }
  | { kind: "unanswered" }
  | { kind: "interrupted"; tool?: { name: string; title: string } | undefined }
  | { kind: "aborted" }
  | { kind: "overflow" }
  | { kind: "config_error"; error: string }
  /** `isArmed`: something was produced since the last nudge, so another one may help. */
  | { kind: "failed_empty"; error: string; isArmed: boolean }
  | { kind: "failed"; error: string }
  | { kind: "completed"; wasCut: boolean; text: string }
  | { kind: "empty" };

/** The messages of this run's turn, from its prompt, whoever sent that, up to the next message that somebody else sent. */
export function turnOf(messages: readonly StoredMessage[], triggerId: string): readonly StoredMessage[] {
  const foreign = messages.findIndex(
    ({ info, parts }, at) => at > 0 && info.role === "user" && !isOfRun(info.id, triggerId) && !isInternal(parts),
  );
  return foreign === -1 ? messages : messages.slice(0, foreign);
}

/** Compaction adds user messages of its own. */
const isInternal = (parts: StoredMessage["parts"]) =>
  parts.some((part) => part.type === "compaction" || (isTextPart(part) && part.synthetic === true));

export const nudgesOf = (messages: readonly StoredMessage[], triggerId: string, kind: "c" | "r") =>
  countOfRun(
    messages.map(({ info }) => info.id),
    triggerId,
    kind,
  );

/** What the agent has said, by message; summaries are no words of an answer. */
export const spokenIn = (turn: readonly StoredMessage[]): string[] =>
  turn
    .filter(({ info }) => info.role === "assistant" && info.summary !== true)
    .map(({ parts }) =>
      parts
        .filter(isTextPart)
        .map(({ text }) => text)
        .join("\n\n")
        .trim(),
    )
    .filter((text) => text !== "");

/** The text of the turn's last assistant message that has any. */
const answerText = (turn: readonly StoredMessage[]) => spokenIn(turn).at(-1) ?? "";

const CONFIG_NAMES = new Set(["ProviderAuthError", "ProviderModelNotFoundError"]);
const isConfigFault = ({ name, data }: OpencodeError) =>
  CONFIG_NAMES.has(name ?? "") ||
  data?.statusCode === 401 ||
  data?.statusCode === 403 ||
  (data?.message ?? "").startsWith("Model not found");

const spentTokens = ({ tokens }: StoredMessage["info"]) =>
  tokens === undefined ? 0 : tokens.input + tokens.output + tokens.reasoning + tokens.cache.read;

function isPermanent({ data }: OpencodeError): boolean {
  const status = data?.statusCode ?? 0;
  return status >= 400 && status < 500 && data?.isRetryable !== true;
}

const hasWords = ({ parts }: StoredMessage) => parts.some((part) => isTextPart(part) && part.text.trim() !== "");

function isArmed(turn: readonly StoredMessage[], triggerId: string): boolean {
  const nudged = turn.findLastIndex(({ info }) => isNudgeOfRun(info.id, triggerId));
  if (nudged === -1) return true;
  const since = turn.slice(nudged + 1).filter(({ info }) => info.role === "assistant");
  return since.some((message) => spentTokens(message.info) > 0 || hasWords(message));
}

function failedVerdict(failed: StoredMessage, error: OpencodeError, mayNudge: boolean): Verdict {
  const text = errorText(error);
  if (error.name === "MessageAbortedError") return { kind: "aborted" };
  if (error.name === "ContextOverflowError") return { kind: "overflow" };
  if (isConfigFault(error)) return { kind: "config_error", error: text };
  const isEmpty = spentTokens(failed.info) === 0 && !hasWords(failed) && !isPermanent(error);
  return isEmpty ? { kind: "failed_empty", error: text, isArmed: mayNudge } : { kind: "failed", error: text };
}

function openVerdict({ parts }: StoredMessage): Verdict {
  const cut = parts.filter(isToolPart).find(({ state }) => state.status === "running" || state.status === "pending");
  if (cut === undefined) return { kind: "interrupted" };
  return { kind: "interrupted", tool: { name: cut.tool, title: cut.state.title ?? "" } };
}

function isEmptyTurn(turn: readonly StoredMessage[]): boolean {
  const hasTool = turn.some(({ info, parts }) => info.role === "assistant" && parts.some(isToolPart));
  return !hasTool && answerText(turn) === "";
}

function lastAssistant(turn: readonly StoredMessage[]): StoredMessage | undefined {
  return turn.findLast(({ info }) => info.role === "assistant" && (info.summary !== true || info.error !== undefined));
}

/** Whether something of this run was sent after the last answer, so that the answer is not the end. */
function hasNewerPrompt(turn: readonly StoredMessage[], last: StoredMessage): boolean {
  const lastUser = turn.findLast(({ info, parts }) => info.role === "user" && !isInternal(parts));
  return lastUser !== undefined && lastUser.info.time.created > last.info.time.created;
}

const isAtWork = ({ parts }: StoredMessage) =>
  parts.some((part) => isToolPart(part) && part.state.status === "running");

/** The newest answer of the turn, by which a later look tells whether anything has come since. */
export const lastAnswerOf = (messages: readonly StoredMessage[], triggerId: string) =>
  lastAssistant(turnOf(messages, triggerId))?.info.id;

export function verdict({ status, messages }: TurnSnapshot, triggerId: string): Verdict {
  if (status.type === "busy") return { kind: "live", isToolRunning: turnOf(messages, triggerId).some(isAtWork) };
  if (status.type === "retry")
    return { kind: "retry", attempt: status.attempt, message: status.message, next: status.next };
  const turn = turnOf(messages, triggerId);
  if (turn.length === 0) return { kind: "not_sent" };
  const last = lastAssistant(turn);
  if (last === undefined || hasNewerPrompt(turn, last)) return { kind: "unanswered" };
  const { error, time, finish } = last.info;
  if (time.completed === undefined && error === undefined) return openVerdict(last);
  if (error !== undefined) return failedVerdict(last, error, isArmed(turn, triggerId));
  if (finish === undefined && spentTokens(last.info) === 0) return { kind: "aborted" };
  if (isEmptyTurn(turn)) return { kind: "empty" };
  return { kind: "completed", wasCut: finish === "length", text: answerText(turn) };
}
