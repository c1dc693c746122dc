/** slack-post-message: everything is read and judged before Slack hears of it; then one message, once. */
import { parseCorrelationKey, slackThreadKey } from "@thor/domain/correlation-key";
import type { Log } from "@thor/kit/flow/log";
import type { AuditInput, Ledger } from "@thor/ledger/port";
import type { Profiles } from "@thor/workspace-config/pure/profile";

import type { Call, Decision, Outcome, Sink } from "../core/call.ts";
import { denialText, type Denial } from "../core/denial.ts";
import { helpText } from "../core/grammar/help.ts";
import { parseCommand } from "../core/grammar/parse.ts";
import { renderCommand } from "../core/grammar/render.ts";
import { valuesOf, type Command } from "../core/grammar/spec.ts";
import { asksOnlyHelp } from "../core/grammar/words.ts";
import { SLACK_POST } from "../core/slack-post/command.ts";
import { judgeTarget, keepsProfile, needsVisibility } from "../core/slack-post/target.ts";
import { slackTextFault } from "../core/slack-post/text.ts";
import { argsDigestOf } from "./audit-record.ts";
import type { SessionCaller } from "./resolve-caller.ts";
import { blocksOf, filesOf, type PostFile, type ReadFile } from "./slack-files.ts";

interface Post {
  channel: string;
  threadTs?: string | undefined;
  text: string;
  blocks?: readonly unknown[] | undefined;
  metadata: { event_type: string; event_payload: Readonly<Record<string, string>> };
}
type Unposted =
  | { kind: "limited"; retryAfterMs: number }
  | { kind: "refused"; code: string }
  | { kind: "unreachable"; error: string }
  | { kind: "unknown"; error: string };
export type Posted = Unposted | { kind: "ok"; body: { ts: string; channel: string } };

export interface PostSlackDeps extends Pick<Ledger, "anchorOf" | "bindAlias" | "decidedInRun"> {
  log: Log;
  config: () => Profiles;
  viewerLink: (anchorId: string) => string;
  visibilityOf: (channel: string) => Promise<"open" | "gated" | "unknown">;
  readFile: ReadFile;
  upload: (given: {
    channel: string;
    threadTs?: string | undefined;
    files: readonly PostFile[];
  }) => Promise<Unposted | { kind: "ok" }>;
  findSecret: (text: string) => string | undefined;
  digest: (text: string) => string;
  post: (message: Post) => Promise<Posted>;
  /** The message of a thread that carries this run's mark and digest, if it arrived. */
  findPosted: (
    thread: { channel: string; threadTs: string },
    mark: { triggerId: string; digest: string },
  ) => Promise<Unposted | { kind: "ok"; body: { ts: string } | undefined }>;
  pause: (ms: number, signal: AbortSignal) => Promise<void>;
  note: (record: AuditInput) => Promise<boolean>;
}

const RETRIES = 2;
const MAX_WAIT_MS = 30_000;
const PLACE = { root: "/", cwd: "/" };

interface Ready {
  command: Command;
  message: Post;
  files: readonly PostFile[];
  caller: SessionCaller;
}
type Prepared = { kind: "ready"; ready: Ready } | { kind: "denied"; denial: Denial };
const denied = (rule: string, reason: string): Prepared => ({ kind: "denied", denial: { rule, reason } });

const threadAlias = (channel: string, ts: string) => {
  const parsed = parseCorrelationKey(slackThreadKey(channel, ts));
  return parsed.kind === "bindable" ? { type: parsed.type, value: parsed.value } : undefined;
};

async function judgePlace(
  deps: PostSlackDeps,
  caller: SessionCaller,
  at: { channel: string; threadTs: string | undefined },
): Promise<Denial | undefined> {
  const { channel, threadTs } = at;
  const config = deps.config();
  const alias = threadTs === undefined ? undefined : threadAlias(channel, threadTs);
  const owner = alias === undefined ? undefined : await deps.anchorOf(alias);
  const facts = { channel, threadOwner: owner?.kind === "known" ? owner.anchorId : undefined };
  const visibility = needsVisibility(facts, caller, config) ? await deps.visibilityOf(channel) : "unknown";
  return judgeTarget({ ...facts, visibility }, caller, { config, viewerLink: deps.viewerLink });
}

type Content =
  | { kind: "content"; text: string; blocks?: readonly unknown[] | undefined; files: readonly PostFile[] }
  | Extract<Prepared, { kind: "denied" }>;

/** Text and blocks, read and free of credentials. */
async function contentOf(deps: PostSlackDeps, call: Call, command: Command): Promise<Content> {
  const text = call.stdin ?? "";
  const fault = slackTextFault(text);
  if (fault !== undefined) return { kind: "denied", denial: { rule: "slack.text", reason: fault } };
  const blocks = await blocksOf(deps.readFile, call, command);
  if (blocks?.kind === "refused") return { kind: "denied", denial: { rule: "slack.blocks", reason: blocks.reason } };
  const secret = deps.findSecret(`${text}\n${blocks?.text ?? ""}`);
  if (secret !== undefined)
    return {
      kind: "denied",
      denial: { rule: "outbound.secret", reason: `the message holds a credential (${secret})` },
    };
  const files = await filesOf(deps.readFile, call, command);
  return files.kind === "denied" ? files : { kind: "content", text, blocks: blocks?.blocks, files: files.files };
}

async function prepare(deps: PostSlackDeps, call: Call, caller: SessionCaller): Promise<Prepared> {
  const parsed = parseCommand(SLACK_POST, call.args, PLACE);
  if (parsed.kind === "refused") return denied(parsed.rule, parsed.reason);
  const { command } = parsed;
  const content = await contentOf(deps, call, command);
  if (content.kind === "denied") return content;
  const { text, blocks, files } = content;
  const [channel = ""] = valuesOf(command, "--channel");
  const [threadTs] = valuesOf(command, "--thread-ts");
  const denial = await judgePlace(deps, caller, { channel, threadTs });
  if (denial !== undefined) return { kind: "denied", denial };
  const digest = argsDigestOf(renderCommand(command), call.stdin, deps.digest);
  const metadata = {
    event_type: "thor_agent",
    event_payload: { callId: call.id, triggerId: caller.trigger?.id ?? "", digest },
  };
  return { kind: "ready", ready: { command, caller, files, message: { channel, threadTs, text, blocks, metadata } } };
}

/** Waits out a rate limit; a post whose fate is unknown is never repeated. */
async function postPatiently(deps: PostSlackDeps, message: Post, signal: AbortSignal): Promise<Posted> {
  for (let attempt = 0; ; attempt += 1) {
    const posted = await deps.post(message);
    const mayWait = posted.kind === "limited" && attempt < RETRIES && posted.retryAfterMs <= MAX_WAIT_MS;
    if (!mayWait || signal.aborted) return posted;
    await deps.pause(posted.retryAfterMs, signal);
  }
}

/** Files first: a message whose files did not arrive is not sent. */
async function postWithFiles(
  deps: PostSlackDeps,
  { message, files }: Pick<Ready, "message" | "files">,
  signal: AbortSignal,
): Promise<Posted> {
  const { channel, threadTs } = message;
  const uploaded = files.length === 0 ? undefined : await deps.upload({ channel, threadTs, files });
  return uploaded === undefined || uploaded.kind === "ok" ? postPatiently(deps, message, signal) : uploaded;
}

/**
 * A turn that goes on after a restart may repeat the very post that had just arrived; people should read it once.
 * Slack is asked only when the same call was decided before in this run.
 */
async function postOnce(deps: PostSlackDeps, { message, files }: Ready, signal: AbortSignal): Promise<Posted> {
  const { channel, threadTs, metadata } = message;
  const { triggerId = "", digest = "" } = metadata.event_payload;
  const isRepeat = triggerId !== "" && (await deps.decidedInRun({ triggerId, argsDigest: digest })) > 1;
  if (!isRepeat || threadTs === undefined) return postWithFiles(deps, { message, files }, signal);
  const found = await deps.findPosted({ channel, threadTs }, { triggerId, digest });
  if (found.kind !== "ok") return found;
  return found.body === undefined
    ? postWithFiles(deps, { message, files }, signal)
    : { kind: "ok", body: { ts: found.body.ts, channel } };
}

async function remember(
  deps: PostSlackDeps,
  call: Call,
  given: { ready: Ready; at: { ts: string; channel: string }; sink: Sink },
): Promise<void> {
  const { ready, at, sink } = given;
  const { caller, message } = ready;
  const threadTs = message.threadTs ?? at.ts;
  deps.log.info({ event: "slack_posted", callId: call.id, channel: at.channel }, "posted to Slack");
  await deps.note({
    service: "remote-cli",
    event: "slack_posted",
    actorKind: "agent",
    actor: caller.sessionId,
    anchorId: caller.anchorId,
    sessionId: caller.sessionId,
    triggerId: caller.trigger?.id,
    target: `${at.channel}/${threadTs}`,
    decision: "allow",
    requestId: call.id,
  });
  const alias = threadAlias(at.channel, threadTs);
  if (alias === undefined) return;
  if (!keepsProfile(deps.config(), caller, at.channel)) {
    sink("stderr", "[thor] posted; replies there do not come back to this conversation (another profile)\n");
    return;
  }
  const bound = await deps.bindAlias({ ...alias, anchorId: caller.anchorId, source: "remote-cli" });
  if (bound.kind === "bound_elsewhere")
    sink("stderr", `[thor] posted; the thread belongs to another conversation: ${deps.viewerLink(bound.anchorId)}\n`);
}

function failureText(posted: Exclude<Posted, { kind: "ok" }>): string {
  switch (posted.kind) {
    case "refused":
      return `Slack post failed: Slack API error: ${posted.code}\n`;
    case "limited":
      return "Slack post failed: Slack API error: ratelimited\n";
    case "unreachable":
      return `Slack post failed: Slack cannot be reached (${posted.error})\n`;
    case "unknown":
      return `Slack post failed: no answer (${posted.error}); it may have been posted and was not repeated. Look before you post again.\n`;
  }
}

export const createPostSlack =
  (deps: PostSlackDeps) =>
  async (call: Call): Promise<Decision> => {
    const { caller } = call;
    const target = { commandId: "post" };
    if (asksOnlyHelp(call.args))
      return { kind: "answer", stdout: helpText("slack-post-message", [SLACK_POST], []), target };
    const prepared =
      caller.kind === "session" ? await prepare(deps, call, caller) : denied("caller", "only a conversation posts");
    if (prepared.kind === "denied") {
      const { denial } = prepared;
      return { kind: "deny", rule: denial.rule, text: denialText("slack-post-message", call.args, denial), target };
    }
    const { ready } = prepared;
    const { channel, threadTs } = ready.message;
    const execute = async (signal: AbortSignal, sink: Sink): Promise<Outcome> => {
      const posted = await postOnce(deps, ready, signal);
      if (posted.kind === "ok") {
        await remember(deps, call, { ready, at: posted.body, sink });
        sink("stdout", `${JSON.stringify({ ok: true })}\n`);
        return { stdout: "", stderr: "", exitCode: 0, ended: "exit" };
      }
      deps.log.warn({ event: "slack_post_failed", callId: call.id, kind: posted.kind }, "post failed");
      sink("stderr", failureText(posted));
      return { stdout: "", stderr: "", exitCode: 1, ended: "exit" };
    };
    return {
      kind: "run",
      target: { ...target, object: `${channel}/${threadTs ?? "new"}` },
      canonical: renderCommand(ready.command),
      stdin: call.stdin,
      execute,
      close: () => Promise.resolve(),
    };
  };
