/** What thor.json says about GitHub, asked anew each time. */
import type { WorkspaceConfigView } from "@thor/workspace-config/loader";

import type { OwnerFound } from "../core/access/repository.ts";
import type { Sender } from "../core/access/sender-trust.ts";

const TRUSTED = new Set(["OWNER", "MEMBER", "COLLABORATOR"]);

export function githubRules(view: Pick<WorkspaceConfigView, "current">) {
  return {
    findOwner: (fullName: string): OwnerFound => {
      const [name = "", repo = ""] = fullName.toLowerCase().split("/");
      const owner = Object.entries(view.current().owners).find(([key]) => key.toLowerCase() === name)?.[1];
      const isListed = owner?.repos?.some((listed) => listed.toLowerCase() === repo) ?? true;
      return owner !== undefined && isListed
        ? { kind: "allowed", installationId: owner.github_app_installation_id }
        : { kind: "owner_not_allowed" };
    },
    isTrustedSender: ({ login, type, association }: Sender): boolean => {
      if (type === "Bot") return false;
      const isUser = view.current().users.some(({ github }) => github?.toLowerCase() === login.toLowerCase());
      return isUser || TRUSTED.has(association ?? "");
    },
    ignoresForks: () => false,
  };
}
