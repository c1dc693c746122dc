/** Whether a delivery comes from a repository that thor.json admits and that is the one cloned here. */
import type { OwnerGrant } from "@thor/workspace-config/pure/trust";

export interface Origin {
  host: string;
  fullName: string;
}

export type RepositoryRefusal = "repository_owner_not_allowed" | "installation_mismatch" | "repo_origin_mismatch";

/** The rules of thor.json, asked when an event comes in and again before it travels. */
export function judgeOwner(owner: OwnerGrant, installationId: number | undefined): RepositoryRefusal | undefined {
  if (owner.kind === "refused") return "repository_owner_not_allowed";
  return owner.installationId === installationId ? undefined : "installation_mismatch";
}

/** Whether the clone on disk came from this repository: a directory of the same name proves nothing. */
export function isOriginOf(origin: Origin | undefined, fullName: string, hosts: readonly string[]): boolean {
  if (origin === undefined || !hosts.includes(origin.host)) return false;
  return origin.fullName.toLowerCase() === fullName.toLowerCase();
}

const HTTP_OR_SSH = /^(?:https?|ssh):\/\/(?:[^@/]*@)?([^/]+)\/(.+)$/i;
const SCP = /^(?:[^@/:]+@)?([^/:]+):(?!\/)(.+)$/;

function readUrl(url: string): Origin | undefined {
  const [, host, path] = HTTP_OR_SSH.exec(url) ?? SCP.exec(url) ?? [];
  if (host === undefined || path === undefined) return undefined;
  const fullName = path.replace(/\/$/, "").replace(/\.git$/, "");
  return { host: host.toLowerCase(), fullName };
}

/** Where a clone came from, told by the text of its git configuration. */
export function originOf(configText: string): Origin | undefined {
  let isInOrigin = false;
  for (const raw of configText.split("\n")) {
    const line = raw.trim();
    if (line.startsWith("[")) isInOrigin = /^\[remote\s+"origin"\s*\]/i.test(line);
    const [, url] = isInOrigin ? (/^url\s*=\s*"?([^"\s]+)"?/i.exec(line) ?? []) : [];
    if (url !== undefined) return readUrl(url);
  }
  return undefined;
}
