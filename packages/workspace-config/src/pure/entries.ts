/** The entries of a text that are good by themselves, whatever stands beside them. */
import { z } from "zod";

import { ApprovalDefaults, groupMember, Rule } from "./schema/approvals.ts";
import { EgressRule } from "./schema/egress.ts";
import { Slack } from "./schema/github.ts";
import { Budgets } from "./schema/limits.ts";
import { McpEntry } from "./schema/mcp.ts";
import { Owner, Profile, User } from "./schema/people.ts";

/** The value of a key: undefined when it is absent, null when there is no object to look into. */
export function field(raw: unknown, key: string): unknown {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return null;
  return Object.entries(raw).find(([name]) => name === key)?.[1];
}

/** Keys of an object; none of anything else. */
export const keysOf = (raw: unknown): string[] =>
  typeof raw === "object" && raw !== null && !Array.isArray(raw) ? Object.keys(raw) : [];

/** Items of a list; none of anything else. */
export const itemsOf = (raw: unknown): unknown[] => (Array.isArray(raw) ? Array.from<unknown>(raw) : []);

export const textsOf = (raw: unknown): string[] => itemsOf(raw).filter((item) => typeof item === "string");

const validItems = <T>(raw: unknown, schema: z.ZodType<T>) => itemsOf(raw).map((item) => schema.safeParse(item).data);

const validEntries = <T>(raw: unknown, schema: z.ZodType<T>): [string, T][] =>
  keysOf(raw).flatMap((key): [string, T][] => {
    const { data } = schema.safeParse(field(raw, key));
    return data === undefined ? [] : [[key, data]];
  });

/** Reads every section leniently; a list keeps the places of its faulty items. */
export function readEntries(raw: unknown) {
  const approvals = field(raw, "approvals");
  return {
    owners: validEntries(field(raw, "owners"), Owner),
    ownerNames: keysOf(field(raw, "owners")),
    users: validItems(field(raw, "users"), User),
    profiles: validEntries(field(raw, "profiles"), Profile),
    profileNames: keysOf(field(raw, "profiles")),
    channelRepos: Slack.safeParse(field(raw, "slack")).data?.channelRepos ?? {},
    mcp: validEntries(field(raw, "mcp"), McpEntry),
    mcpNames: keysOf(field(raw, "mcp")),
    defaults: ApprovalDefaults.safeParse(field(approvals, "defaults")).data,
    groups: validEntries(field(approvals, "groups"), z.array(groupMember)),
    groupNames: keysOf(field(approvals, "groups")),
    rules: validItems(field(approvals, "rules"), Rule),
    mitmproxy: validItems(field(raw, "mitmproxy"), EgressRule),
    budgets: Budgets.safeParse(field(raw, "budgets")).data,
  };
}
export type Entries = ReturnType<typeof readEntries>;
