/** Which remote addresses are the git host's, and whose repositories Thor may use. */
import { matchesGlob } from "@thor/kit/pure/glob";

interface RemoteRepository {
  owner: string;
  repo: string;
  url: string;
}
export interface OwnerGrants {
  owners: Readonly<Record<string, { github_app_installation_id: number; repos?: readonly string[] | undefined }>>;
}
export type Trusted =
  | { kind: "trusted"; remote: RemoteRepository; installationId: number }
  | { kind: "untrusted"; reason: string };

const NAME = /^[A-Za-z0-9._-]{1,100}$/;

/** Reads `https://<host>/<owner>/<repo>[.git]` and nothing else: no user, no other port, no query. */
function parseRemote(url: string, host: string): RemoteRepository | undefined {
  const prefix = `https://${host}/`;
  if (!url.startsWith(prefix)) return undefined;
  const [owner = "", name = "", ...more] = url.slice(prefix.length).split("/");
  const repo = name.endsWith(".git") ? name.slice(0, -4) : name;
  const isNamed = [owner, repo].every(
    (part) => NAME.test(part) && part !== "." && part !== ".." && !/^\.git$/i.test(part),
  );
  return more.length === 0 && isNamed ? { owner, repo, url } : undefined;
}

/** Trust needs an owner that the operator configured, and, where listed, the repository too. */
export function judgeRemote(url: string | undefined, host: string, grants: OwnerGrants): Trusted {
  const remote = url === undefined ? undefined : parseRemote(url, host);
  if (remote === undefined) return { kind: "untrusted", reason: `the address must be https://${host}/<owner>/<repo>` };
  const grant = Object.entries(grants.owners).find(([name]) => name.toLowerCase() === remote.owner.toLowerCase())?.[1];
  if (grant === undefined) {
    const configured = Object.keys(grants.owners).join(", ") || "none";
    return { kind: "untrusted", reason: `owner ${remote.owner} is not configured (configured: ${configured})` };
  }
  const isListed =
    grant.repos === undefined || grant.repos.some((name) => name.toLowerCase() === remote.repo.toLowerCase());
  if (!isListed) return { kind: "untrusted", reason: `repository ${remote.owner}/${remote.repo} is not configured` };
  return { kind: "trusted", remote, installationId: grant.github_app_installation_id };
}

/** Branches that only people move: always main, master and the default branch; configuration can only add. */
export function isProtected(branch: string, defaultBranch: string, globs: readonly string[]): boolean {
  const name = branch.toLowerCase();
  return (
    ["main", "master", defaultBranch.toLowerCase()].includes(name) ||
    globs.some((pattern) => matchesGlob(pattern.toLowerCase(), name))
  );
}
