/** What GitHub hands out: tokens cut to what was asked, and things in its own form. */
import { z } from "zod";

import type { Answer } from "../control/serve.ts";
import type { World } from "../world/world.ts";
import { fullName, type Hub, installedOf, type Repository } from "./hub.ts";

const TOKEN_MS = 3_600_000;
export const DOCS = "https://docs.github.com/rest";

const Mint = z.object({
  repositories: z.array(z.string()).optional(),
  repository_ids: z.array(z.number()).optional(),
  permissions: z.record(z.string(), z.enum(["read", "write"])).optional(),
});

export const fault = (status: number, message: string): Answer => ({
  status,
  body: { message, documentation_url: DOCS, status: String(status) },
});

/** A moment as GitHub writes it. */
export const isoAt = (ms: number) => new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");

export const ownerForm = (owner: string) => ({ login: owner, id: 9001, type: "Organization" });

export function repositoryForm(repository: Repository, base: string) {
  const { id, owner, name, defaultBranch } = repository;
  const full = fullName(repository);
  return {
    id,
    name,
    full_name: full,
    private: true,
    owner: ownerForm(owner),
    html_url: `${base}/${full}`,
    clone_url: `${base}/${full}.git`,
    url: `${base}/api/v3/repos/${full}`,
    default_branch: defaultBranch,
    archived: false,
    disabled: false,
    fork: repository.parent !== undefined,
    visibility: "private",
  };
}

function chosen(hub: Hub, { repositories, repository_ids }: z.infer<typeof Mint>): Repository[] | undefined {
  const installed = installedOf(hub);
  const byName = (repositories ?? []).map((name) => installed.find((row) => row.name === name));
  const byId = (repository_ids ?? []).map((id) => installed.find((row) => row.id === id));
  const all = repositories === undefined && repository_ids === undefined ? installed : [...byName, ...byId];
  const known = all.filter((row) => row !== undefined);
  return known.length === all.length ? known : undefined;
}

function exceeds(hub: Hub, permissions: z.infer<typeof Mint>["permissions"] = {}): boolean {
  return Object.entries(permissions).some(([name, level]) => {
    const granted = hub.app.permissions[name];
    return granted === undefined || (level === "write" && granted === "read");
  });
}

/** Mints an installation token, limited to what was asked and to what the App has. */
export function mint(hub: Hub, world: World, { body, base }: { body: unknown; base: string }): Answer {
  if (hub.isSuspended) return fault(403, "This installation has been suspended");
  const asked = Mint.safeParse(body ?? {});
  if (!asked.success) return fault(422, "Invalid request.");
  const repositories = chosen(hub, asked.data);
  if (repositories === undefined)
    return fault(
      422,
      "There is at least one repository that does not exist or is not accessible to the parent installation.",
    );
  if (exceeds(hub, asked.data.permissions))
    return fault(422, "The permissions requested are not granted to this installation.");
  const expiresAt = world.clock.now() + TOKEN_MS;
  const permissions = { metadata: "read" as const, ...(asked.data.permissions ?? hub.app.permissions) };
  const token = world.ids.next("ghs_", 36);
  const names = repositories.map(fullName);
  hub.tokens.put(token, { token, installationId: hub.app.installationId, repositories: names, permissions, expiresAt });
  const isSubset = asked.data.repositories !== undefined || asked.data.repository_ids !== undefined;
  return {
    status: 201,
    body: {
      token,
      expires_at: isoAt(expiresAt),
      permissions,
      repository_selection: isSubset ? "selected" : "all",
      ...(isSubset ? { repositories: repositories.map((row) => repositoryForm(row, base)) } : {}),
    },
  };
}

/** What the App is subscribed to. */
export const EVENTS = [
  "check_run",
  "check_suite",
  "issue_comment",
  "issues",
  "pull_request",
  "pull_request_review",
  "pull_request_review_comment",
  "push",
  "status",
];

export function installationForm(hub: Hub) {
  const { app } = hub;
  return {
    id: app.installationId,
    app_id: app.id,
    app_slug: app.slug,
    account: ownerForm("acme"),
    target_type: "Organization",
    permissions: app.permissions,
    events: EVENTS,
    repository_selection: "all",
    suspended_at: hub.isSuspended ? "2026-01-01T00:00:00Z" : null,
  };
}
