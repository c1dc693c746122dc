/** Fetches the facts that a git command's row asks for, and no others. */
import { gitBranchKey, parseCorrelationKey } from "@thor/domain/correlation-key";
import type { Ledger } from "@thor/ledger/port";

import type { Caller } from "../../core/call.ts";
import type { Denial } from "../../core/denial.ts";
import type { GitFacts } from "../../core/git/judge.ts";
import { creditPerson, joinParagraphs, type Person } from "../../core/git/message.ts";
import { isProtected, judgeRemote, type OwnerGrants, type Trusted } from "../../core/git/origin.ts";
import type { RepositoryPlace } from "../../core/git/place.ts";
import { pushedBranch } from "../../core/git/shapes.ts";
import { hasOption, valuesOf, type Command } from "../../core/grammar/spec.ts";
import { resolvePath } from "../../core/paths.ts";

export interface GatherDeps extends Pick<Ledger, "anchorOf"> {
  host: string;
  grants: () => OwnerGrants;
  protectedGlobs: () => readonly string[];
  /** The first repository inside the worktree that the command would descend into. */
  findNested: (place: RepositoryPlace, isAdd: boolean) => Promise<string | undefined>;
  /** The first tracked directory that is a link now. */
  findLinked: (place: RepositoryPlace) => Promise<string | undefined>;
  defaultBranch: (place: RepositoryPlace, origin: Extract<Trusted, { kind: "trusted" }>) => Promise<string | undefined>;
  readFile: (
    path: string,
    maxBytes: number,
  ) => Promise<{ kind: "read"; bytes: Uint8Array } | { kind: "refused"; why: string }>;
  /** The person for whom a conversation works right now. */
  personOf: (caller: Caller) => Person | undefined;
  /** The kind of a credential in a text, if there is one. */
  findSecret: (text: string) => string | undefined;
}

const MAX_MESSAGE = 64 * 1024;

export function originOf(deps: Pick<GatherDeps, "host" | "grants">, place: RepositoryPlace): Trusted {
  const urls = place.config.kind === "ok" ? place.config.originUrls : [];
  return judgeRemote(urls.length === 1 ? urls[0] : undefined, deps.host, deps.grants());
}

export const branchAlias = (repo: string, branch: string) => {
  const parsed = parseCorrelationKey(gitBranchKey(repo, branch));
  return parsed.kind === "bindable" ? { type: parsed.type, value: parsed.value } : undefined;
};

/** The conversation that a branch belongs to. */
export async function branchOwnerOf(
  { anchorOf }: Pick<GatherDeps, "anchorOf">,
  repo: string,
  branch: string,
): Promise<string | undefined> {
  const alias = branchAlias(repo, branch);
  const owner = alias === undefined ? undefined : await anchorOf(alias);
  return owner?.kind === "known" ? owner.anchorId : undefined;
}

async function branchFacts(deps: GatherDeps, place: RepositoryPlace, command: Command): Promise<GitFacts> {
  const origin = originOf(deps, place);
  if (origin.kind === "untrusted") return { origin };
  const name = pushedBranch(command);
  const [fallback, branchOwner] = await Promise.all([
    deps.defaultBranch(place, origin),
    branchOwnerOf(deps, place.repo, name),
  ]);
  const isKept = fallback === undefined ? "unknown" : isProtected(name, fallback, deps.protectedGlobs());
  return {
    origin,
    branch: { name, isProtected: isKept },
    branchOwner,
  };
}

/** Asks only what the row declares. */
export async function gatherFacts(deps: GatherDeps, command: Command, place: RepositoryPlace): Promise<GitFacts> {
  const { facts, id } = command.spec;
  if (facts.includes("protected")) return branchFacts(deps, place, command);
  const origin = facts.includes("origin") ? { origin: originOf(deps, place) } : {};
  const isAdd = id === "add" || id === "add.all";
  const nested = facts.includes("nested") ? { nested: await deps.findNested(place, isAdd) } : {};
  const readsFiles = facts.includes("linked") && !hasOption(command, "--cached");
  const linked = readsFiles ? { linked: await deps.findLinked(place) } : {};
  return { ...origin, ...nested, ...linked };
}

export type Message = { kind: "message"; text: string; attribution: string } | { kind: "denied"; denial: Denial };

const denied = (rule: string, reason: string): Message => ({ kind: "denied", denial: { rule, reason } });

async function readMessage(
  deps: GatherDeps,
  command: Command,
  given: { place: RepositoryPlace; stdin: string | undefined },
): Promise<Message> {
  const [file] = valuesOf(command, "-F");
  const unchanged = "skipped_unsupported_arg_shape";
  if (file === "-") return { kind: "message", text: given.stdin ?? "", attribution: unchanged };
  const read = await deps.readFile(resolvePath(given.place.cwd, file ?? ""), MAX_MESSAGE);
  if (read.kind === "refused") return denied("file", `the message file cannot be used: ${read.why}`);
  return { kind: "message", text: new TextDecoder().decode(read.bytes), attribution: unchanged };
}

/** The text of a commit: given, read, credited, and free of credentials. */
export async function commitMessage(
  deps: GatherDeps,
  command: Command,
  given: { place: RepositoryPlace; stdin: string | undefined; caller: Caller },
): Promise<Message> {
  const person = deps.personOf(given.caller);
  const written = joinParagraphs(valuesOf(command, "-m"));
  const credited = person === undefined ? undefined : creditPerson(written, person);
  const message: Message = hasOption(command, "-F")
    ? await readMessage(deps, command, given)
    : { kind: "message", text: credited?.message ?? written, attribution: credited?.kind ?? "skipped_no_user_record" };
  if (message.kind === "denied") return message;
  if (message.text.trim() === "") return denied("message", "the message is empty");
  if (message.text.length > MAX_MESSAGE)
    return denied("message", `the message is longer than ${MAX_MESSAGE} characters`);
  const secret = deps.findSecret(message.text);
  return secret === undefined ? message : denied("outbound.secret", `the message holds a credential (${secret})`);
}
