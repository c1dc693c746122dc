/** The half of thor.json that says who may do what. While the file is faulty it only ever shrinks. */
import { BUILT_IN_UPSTREAMS } from "./built-in-upstreams.ts";
import type { McpEntry } from "./schema/mcp.ts";
import type { Profile } from "./schema/people.ts";
import type { WorkspaceConfig } from "./schema/root.ts";

/** What the operator took away from a built-in upstream. */
export interface Tightening {
  readonly approve: readonly string[];
  readonly hide: readonly string[];
}

export interface AdmittedProfile extends Readonly<Profile> {
  /** Whether the profile names channels at all, those included that a faulty file has lost. */
  readonly isChannelBound: boolean;
}

export interface Admission {
  readonly owners: WorkspaceConfig["owners"];
  readonly users: WorkspaceConfig["users"];
  readonly profiles: Readonly<Record<string, AdmittedProfile>>;
  readonly github: WorkspaceConfig["github"];
  /** Upstreams of the operator. */
  readonly upstreams: Readonly<Record<string, McpEntry>>;
  readonly tightening: Readonly<Record<string, Tightening>>;
  readonly egress: {
    readonly rules: WorkspaceConfig["mitmproxy"];
    readonly passthrough: WorkspaceConfig["mitmproxy_passthrough"];
  };
  readonly approvals: WorkspaceConfig["approvals"];
  readonly continueApprovers: readonly string[];
  /** While true nothing can be approved or continued; rejecting and withdrawing work. */
  readonly isDecidingSuspended: boolean;
  readonly memory: Pick<WorkspaceConfig["memory"], "inPublicRepos" | "inSharedChannels">;
  /** Channels and repositories whose profile a faulty file has lost: they resolve to an error, never to global credentials. */
  readonly lost: { readonly channels: readonly string[]; readonly repos: readonly string[] };
}

const isBuiltIn = (name: string) => BUILT_IN_UPSTREAMS.has(name);

/** What a valid file admits. */
export function admissionOf(config: WorkspaceConfig): Admission {
  const { owners, users, github, approvals, mcp, memory } = config;
  const profiles = Object.entries(config.profiles).map(
    ([name, profile]) => [name, { ...profile, isChannelBound: profile.channels.length > 0 }] as const,
  );
  const entries = Object.entries(mcp);
  const tightening = entries
    .filter(([name]) => isBuiltIn(name))
    .map(([name, { approve = [], hide = [] }]) => [name, { approve, hide }] as const);
  return {
    owners,
    users,
    profiles: Object.fromEntries(profiles),
    github,
    upstreams: Object.fromEntries(entries.filter(([name]) => !isBuiltIn(name))),
    tightening: Object.fromEntries(tightening),
    egress: { rules: config.mitmproxy, passthrough: config.mitmproxy_passthrough },
    approvals,
    continueApprovers: config.budgets.continueApprovers,
    isDecidingSuspended: false,
    memory: { inPublicRepos: memory.inPublicRepos, inSharedChannels: memory.inSharedChannels },
    lost: { channels: [], repos: [] },
  };
}
