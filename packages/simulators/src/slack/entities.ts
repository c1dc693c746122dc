/** What a Slack workspace is made of, as stored. */
import { z } from "zod";

export const Person = z.object({
  id: z.string(),
  name: z.string(),
  realName: z.string(),
  email: z.string().optional(),
  teamId: z.string(),
  isBot: z.boolean(),
  isGuest: z.boolean(),
  colour: z.string(),
});
export type Person = z.infer<typeof Person>;

export const Channel = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(["public", "private", "shared", "im"]),
  members: z.array(z.string()),
  topic: z.string(),
  isArchived: z.boolean(),
});
export type Channel = z.infer<typeof Channel>;

export const Metadata = z.object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) });

export const File = z.object({
  id: z.string(),
  name: z.string(),
  title: z.string(),
  mimetype: z.string(),
  size: z.number(),
  user: z.string(),
  content: z.string(),
  isShared: z.boolean(),
});
export type File = z.infer<typeof File>;

export const Message = z.object({
  channel: z.string(),
  ts: z.string(),
  threadTs: z.string().optional(),
  user: z.string(),
  byBot: z.boolean(),
  text: z.string(),
  blocks: z.array(z.record(z.string(), z.unknown())),
  metadata: Metadata.optional(),
  edited: z.object({ user: z.string(), ts: z.string() }).optional(),
  reactions: z.array(z.object({ name: z.string(), users: z.array(z.string()) })),
  files: z.array(z.string()),
  /** Forwarded messages, unfurls and what other apps add. */
  attachments: z.array(z.record(z.string(), z.unknown())).default([]),
  isBroadcast: z.boolean(),
  /** Set on an ephemeral message: the only person who sees it. */
  onlyFor: z.string().optional(),
});
export type Message = z.infer<typeof Message>;

export const UserGroup = z.object({ id: z.string(), handle: z.string(), name: z.string(), users: z.array(z.string()) });
export type UserGroup = z.infer<typeof UserGroup>;

/** The app as Slack knows it; ids are real-shaped, so that what redacts or checks them meets the real form. */
export interface SlackApp {
  teamId: string;
  teamName: string;
  teamDomain: string;
  appId: string;
  botId: string;
  botUserId: string;
  botToken: string;
  appToken: string;
  signingSecret: string;
  scopes: readonly string[];
  /** Where events go; undefined keeps them here. */
  eventsUrl: string | undefined;
  interactivityUrl: string | undefined;
  /** Socket Mode: nothing goes to a URL. */
  usesSockets: boolean;
  /** After an uninstall no token of the app is good any more. */
  isRevoked: boolean;
  retryDelaysMs: readonly number[];
  webUrl: () => string;
}

export const TEAM_ID = "T0ACME0001";
export const BOT_USER_ID = "U0THORBOT1";
export const BOT_ID = "B0THORBOT1";
export const APP_ID = "A0THORAPP1";

export const SCOPES = [
  "app_mentions:read",
  ...["channels", "groups", "im", "mpim"].flatMap((kind) => [`${kind}:history`, `${kind}:read`]),
  "chat:write",
  "reactions:read",
  "reactions:write",
  "assistant:write",
  "files:read",
  "files:write",
  "users:read",
  "users:read.email",
  "usergroups:read",
];

const person = (id: string, name: string, more: Partial<Person> = {}): Person => ({
  id,
  name: name.toLowerCase(),
  realName: name,
  email: `${name.toLowerCase()}@acme.test`,
  teamId: TEAM_ID,
  isBot: false,
  isGuest: false,
  colour: "#3f6fb5",
  ...more,
});

export const PEOPLE: readonly Person[] = [
  person("U0ALICE001", "Alice", { colour: "#b5487a" }),
  person("U0BOB00001", "Bob", { colour: "#3f6fb5" }),
  person("U0CAROL001", "Carol", { isGuest: true, colour: "#2f8a5b" }),
  person("U0EVE00001", "Eve", { teamId: "T0PARTNER1", email: "eve@partner.test", colour: "#8a5a2f" }),
  { ...person(BOT_USER_ID, "Thor", { isBot: true, colour: "#5b4bd6" }), email: undefined },
];

const humans = ["U0ALICE001", "U0BOB00001", "U0CAROL001"];
const channel = (id: string, name: string, more: Partial<Channel> = {}): Channel => ({
  id,
  name,
  kind: "public",
  members: [...humans, BOT_USER_ID],
  topic: "",
  isArchived: false,
  ...more,
});

export const CHANNELS: readonly Channel[] = [
  channel("C0GENERAL1", "general", { topic: "Everything that has no other place" }),
  channel("C0ENG00001", "eng", { topic: "Engineering: acme/demo" }),
  channel("C0PRIVOPS1", "private-ops", { kind: "private", members: ["U0ALICE001", "U0BOB00001", BOT_USER_ID] }),
  channel("C0SECRET01", "board", { kind: "private", members: ["U0ALICE001"], topic: "Thor is not a member here" }),
  channel("C0PARTNER1", "partner", { kind: "shared", members: ["U0ALICE001", "U0EVE00001", BOT_USER_ID] }),
  channel("D0ALICE001", "alice", { kind: "im", members: ["U0ALICE001", BOT_USER_ID] }),
  channel("D0BOB00001", "bob", { kind: "im", members: ["U0BOB00001", BOT_USER_ID] }),
];

export const USER_GROUPS: readonly UserGroup[] = [
  { id: "S0ENGINEER", handle: "engineers", name: "Engineers", users: ["U0ALICE001", "U0BOB00001"] },
  { id: "S0ONCALL01", handle: "oncall", name: "On call", users: ["U0BOB00001"] },
];
