/** Writes the prompt of a run, and says what it was made of and which model gets it. */
import type { Actor } from "@thor/domain/actor";
import type { ReplyTarget } from "@thor/domain/reply-target";
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";
import type { User } from "@thor/workspace-config/pure/schema/people";
import type { ConfigView } from "@thor/workspace-config/pure/standing";
import { userByGithub, userBySlack } from "@thor/workspace-config/pure/trust";

import { isFromPrivateRepo, type Audience } from "../core/prompt/audience.ts";
import { noteFileOf, promptBlocks, type Block, type PromptFacts, type Requester } from "../core/prompt/compose.ts";
import { choose, wishFor, type ModelOffer } from "../core/prompt/model-choice.ts";
import { channelOf, factsOf, type RunFacts } from "../core/run-facts.ts";
import type { GatherNotes } from "./gather-notes.ts";

const SEEN_RUNS = 50;

export interface WritePromptDeps extends Pick<Ledger, "triggersOf" | "getEvent" | "appendAudit"> {
  log: Log;
  config: () => ConfigView;
  /** SHA-256 in hex. */
  digest: (text: string) => string;
  gatherNotes: GatherNotes;
  earlierWork: (anchorId: string) => Promise<string | undefined>;
  /** Who reads a Slack channel; a look-up that fails counts as `shared`. */
  audienceOf: (channel: string) => Promise<"direct" | "team" | "shared">;
  offer: () => Promise<{ models: ModelOffer; standard: string | undefined } | undefined>;
}

export interface PromptRequest extends Omit<PromptFacts, "requesters" | "notes" | "earlier"> {
  anchorId: string;
  sessionId: string;
  /** The session exists already and has seen its notes. */
  isResumed: boolean;
  /** Why the session is another than before. */
  replaced?: string | undefined;
  source: string;
  eventIds: readonly string[];
  requesters: readonly Actor[];
  replyTo?: ReplyTarget | undefined;
}

export interface WrittenPrompt {
  prompt: string;
  facts: RunFacts;
}

/** The person of the team behind an account, as far as thor.json knows. */
export function userOf(view: ConfigView, actor: Actor | undefined): User | undefined {
  if (actor === undefined) return undefined;
  if (actor.kind === "slack") return userBySlack(view.admission, actor.id);
  return actor.kind === "github" ? userByGithub(view.admission, actor.id) : undefined;
}

const described = (view: ConfigView, actor: Actor): Requester => {
  const user = userOf(view, actor);
  if (user === undefined) return actor;
  const { name, email, slack, github } = user;
  return { ...actor, name, email, slack, github };
};

const isPersonal = ({ kind }: { kind: string }) => /^(person|private):/.test(kind);

/** Who reads what comes of a run. */
function createAudience(deps: WritePromptDeps) {
  const isPrivateRepo = async (eventIds: readonly string[]): Promise<boolean> => {
    const events = await Promise.all(eventIds.map((eventId) => deps.getEvent({ eventId })));
    const fromGithub = events.filter((event) => event?.source === "github");
    return fromGithub.length > 0 && fromGithub.every((event) => isFromPrivateRepo(event?.payload));
  };
  return async ({ source, replyTo, eventIds }: PromptRequest): Promise<Audience> => {
    if (source === "cron") return "nobody";
    if (source === "github" || replyTo?.kind === "github")
      return (await isPrivateRepo(eventIds)) ? "private_repo" : "public_repo";
    const channel = channelOf({ replyTo });
    return channel === undefined ? "nobody" : deps.audienceOf(channel);
  };
}

/** Which notes went into which session is on record, never their words. */
function createAudit(deps: WritePromptDeps) {
  return async ({ anchorId, sessionId }: PromptRequest, blocks: readonly Block[]) => {
    for (const { kind, text } of blocks) {
      const target = noteFileOf(kind);
      if (target === undefined) continue;
      await deps.appendAudit({
        service: "runner",
        event: "memory.injected",
        actorKind: "service",
        actor: "runner",
        anchorId,
        sessionId,
        target: target.slice(0, 1024),
        decision: "allow",
        resultDigest: deps.digest(text),
        resultBytes: Buffer.byteLength(text),
      });
    }
  };
}

/** The model and level of thinking that the operator wishes for such a run, as far as they are on offer. */
function createModelFor(deps: WritePromptDeps) {
  return async ({ source, replyTo }: PromptRequest): Promise<Pick<RunFacts, "model" | "variant">> => {
    const wish = wishFor(deps.config().operational.models, { channel: channelOf({ replyTo }), source });
    if (wish.model === undefined && wish.effort === undefined) return {};
    const offer = await deps.offer();
    if (offer === undefined) return {};
    const { dropped, ...choice } = choose(wish, offer.models, offer.standard);
    if (dropped.length > 0) deps.log.warn({ event: "model_not_offered", dropped }, "a wished model is not on offer");
    return choice;
  };
}

export function createWritePrompt(deps: WritePromptDeps) {
  const audienceFor = createAudience(deps);
  const audit = createAudit(deps);
  const modelFor = createModelFor(deps);

  /** Notes about a person are shown once in a session, and again when they have changed. */
  const unseen = async (request: PromptRequest, blocks: readonly Block[]): Promise<Block[]> => {
    if (!request.isResumed || !blocks.some(isPersonal)) return [...blocks];
    const runs = await deps.triggersOf({ anchorId: request.anchorId, limit: SEEN_RUNS });
    const here = runs.filter(({ sessionId }) => sessionId === request.sessionId);
    const newest = new Map<string, string>();
    for (const run of here.toReversed())
      for (const { kind, sha256 } of factsOf(run).blocks ?? []) newest.set(kind, sha256);
    return blocks.filter((block) => !isPersonal(block) || newest.get(block.kind) !== deps.digest(block.text));
  };

  return async (request: PromptRequest): Promise<WrittenPrompt> => {
    const { anchorId, isResumed, replaced, requesters, replyTo, hasUntrustedText } = request;
    const view = deps.config();
    const { notes, open } = await deps.gatherNotes({
      audience: await audienceFor(request),
      channel: channelOf({ replyTo }),
      isNewSession: !isResumed,
      user: userOf(view, requesters.at(-1)),
    });
    const earlier = replaced === undefined ? undefined : await deps.earlierWork(anchorId);
    const people = requesters.map((actor) => described(view, actor));
    const blocks = await unseen(request, promptBlocks({ ...request, requesters: people, notes, earlier }));
    await audit(request, blocks);
    return {
      prompt: blocks.map(({ text }) => text).join("\n\n"),
      facts: {
        blocks: blocks.map(({ kind, text }) => ({ kind, bytes: Buffer.byteLength(text), sha256: deps.digest(text) })),
        ...(open.length === 0 ? {} : { memory: open }),
        ...(hasUntrustedText ? { isTainted: true } : {}),
        ...(replaced === undefined ? {} : { replaced }),
        ...(await modelFor(request)),
      },
    };
  };
}
export type WritePrompt = ReturnType<typeof createWritePrompt>;
