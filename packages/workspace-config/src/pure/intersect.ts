/**
 * What a faulty file still admits: entries of the last good version that stand in it unchanged and valid. Nothing new,
 * and restrictions go the other way: the last good ones stay, those readable in the file are added.
 */
import { canonicalJson, type Json } from "@thor/kit/pure/canonical-json";
import type { z } from "zod";

import type { AdmittedProfile, Admission, Tightening } from "./admission.ts";
import { BUILT_IN_UPSTREAMS } from "./built-in-upstreams.ts";
import { field, itemsOf, keysOf, textsOf } from "./entries.ts";
import { Approvals } from "./schema/approvals.ts";
import { EgressRule, PassthroughHost } from "./schema/egress.ts";
import { ASSOCIATIONS, Forks } from "./schema/github.ts";
import { ContinueApprovers } from "./schema/limits.ts";
import { McpEntry } from "./schema/mcp.ts";
import { Owner, User } from "./schema/people.ts";

const union = (first: readonly string[], second: readonly string[]) => [...new Set([...first, ...second])];
const both = (first: readonly string[], second: readonly string[]) => first.filter((item) => second.includes(item));

/** Whether the file says this very thing, in whatever order and spelling of JSON. */
function says<T extends Json>(raw: unknown, schema: z.ZodType<T>, good: T): boolean {
  const { data } = schema.safeParse(raw);
  return data !== undefined && canonicalJson(data) === canonicalJson(good);
}

function keptEntries<T extends Json>(
  good: Readonly<Record<string, T>>,
  raw: unknown,
  schema: z.ZodType<T>,
): Record<string, T> {
  return Object.fromEntries(Object.entries(good).filter(([key, entry]) => says(field(raw, key), schema, entry)));
}

const keptItems = <T extends Json>(good: readonly T[], raw: unknown, schema: z.ZodType<T>): T[] =>
  good.filter((item) => itemsOf(raw).some((other) => says(other, schema, item)));

function keptProfile(good: AdmittedProfile, raw: unknown): AdmittedProfile {
  const isOwn = good.credentials === "own" || field(raw, "credentials") === "own";
  return {
    channels: both(good.channels, textsOf(field(raw, "channels"))),
    repos: both(good.repos, textsOf(field(raw, "repos"))),
    credentials: isOwn ? "own" : good.credentials,
    isChannelBound: good.isChannelBound,
  };
}

function keptGithub(good: Admission["github"], raw: unknown): Admission["github"] {
  const [associations, bots, globs, forks] = ["associations", "bots", "protectedBranches", "forks"].map((key) =>
    raw === undefined ? undefined : field(raw, key),
  );
  const named = associations === undefined ? ASSOCIATIONS : textsOf(associations);
  const isReviewed = good.forks === "review" && Forks.default("review").safeParse(forks).data === "review";
  return {
    associations: good.associations.filter((one) => named.includes(one)),
    bots: both(good.bots, textsOf(bots)),
    protectedBranches: union(good.protectedBranches, textsOf(globs)),
    forks: isReviewed ? "review" : "ignore",
  };
}

function widerTightening(good: Admission["tightening"], raw: unknown): Record<string, Tightening> {
  const ids = union(
    Object.keys(good),
    keysOf(raw).filter((id) => BUILT_IN_UPSTREAMS.has(id)),
  );
  const widened = (id: string, key: keyof Tightening) => {
    const readable = field(field(raw, id), key);
    return union(good[id]?.[key] ?? [], textsOf(readable));
  };
  return Object.fromEntries(ids.map((id) => [id, { approve: widened(id, "approve"), hide: widened(id, "hide") }]));
}

const membersOf = (profiles: Admission["profiles"], key: "channels" | "repos") =>
  Object.values(profiles).flatMap((profile) => profile[key]);

/** The admission view while the file says `raw`; a file that says nothing readable (null) admits nothing. */
export function intersect(good: Admission, raw: unknown): Admission {
  const rawMcp = field(raw, "mcp");
  const budgets = field(raw, "budgets");
  const profiles = Object.fromEntries(
    Object.entries(good.profiles).map(
      ([name, profile]) => [name, keptProfile(profile, field(field(raw, "profiles"), name))] as const,
    ),
  );
  const lost = (key: "channels" | "repos") => {
    const kept = membersOf(profiles, key);
    return membersOf(good.profiles, key).filter((member) => !kept.includes(member));
  };
  const continuing = budgets === undefined ? undefined : field(budgets, "continueApprovers");
  const isUnchanged =
    says(field(raw, "approvals"), Approvals, good.approvals) &&
    says(continuing, ContinueApprovers, [...good.continueApprovers]);
  const rawMemory = field(raw, "memory");
  const { inPublicRepos, inSharedChannels } = good.memory;
  return {
    owners: keptEntries(good.owners, field(raw, "owners"), Owner),
    users: keptItems(good.users, field(raw, "users"), User),
    profiles,
    github: keptGithub(good.github, field(raw, "github")),
    upstreams: keptEntries(good.upstreams, rawMcp, McpEntry),
    tightening: widerTightening(good.tightening, rawMcp),
    egress: {
      rules: keptItems(good.egress.rules, field(raw, "mitmproxy"), EgressRule),
      passthrough: keptItems(good.egress.passthrough, field(raw, "mitmproxy_passthrough"), PassthroughHost),
    },
    approvals: good.approvals,
    continueApprovers: good.continueApprovers,
    isDecidingSuspended: !isUnchanged,
    memory: {
      inPublicRepos: inPublicRepos && field(rawMemory, "inPublicRepos") === true,
      inSharedChannels: inSharedChannels && field(rawMemory, "inSharedChannels") === true,
    },
    lost: { channels: lost("channels"), repos: lost("repos") },
  };
}
