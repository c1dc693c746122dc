/** Which repository a new Slack conversation uses. Order: operator's table, the channel's file, the default. */
import type { Routing } from "./prompt/slack.ts";

/** A repository name as the adapter found it: usable, or why not. */
export type RepoCheck =
  | { kind: "ok"; directory: string }
  | { kind: "bad"; why: "invalid_name" | "not_found" | "outside_root" | "unreadable" };

export interface RoutingFacts {
  configured?: { repo: string; check: RepoCheck } | undefined;
  file?: { repo: string; check: RepoCheck } | undefined;
  fallback: { repo: string; check: RepoCheck };
  /** Whether the file's repository belongs to a profile that the channel is not in. */
  isFileForeign: boolean;
  overridePath: string;
}

export type Routed = { kind: "routed"; directory: string; routing: Routing } | { kind: "missing"; repo: string };

export function routeConversation(facts: RoutingFacts): Routed {
  const { configured, file, fallback, overridePath } = facts;
  if (configured?.check.kind === "ok") {
    return {
      kind: "routed",
      directory: configured.check.directory,
      routing: { repo: configured.repo, why: "config", overridePath },
    };
  }
  if (file?.check.kind === "ok" && !facts.isFileForeign) {
    return { kind: "routed", directory: file.check.directory, routing: { repo: file.repo, why: "file", overridePath } };
  }
  if (fallback.check.kind === "bad") return { kind: "missing", repo: fallback.repo };
  const ignored = file === undefined ? undefined : file.check.kind === "bad" ? file.check.why : "profile_mismatch";
  const routing: Routing = {
    repo: fallback.repo,
    why: "default",
    overridePath,
    ...(ignored === undefined ? {} : { ignored }),
  };
  return { kind: "routed", directory: fallback.check.directory, routing };
}
