/** What every deed on GitHub works with: what is known, how it is written, and who is told. */
import type { Forge } from "./forge.ts";
import { accountForm, type Forms } from "./forms.ts";
import { repositoryForm } from "./handing-out.ts";
import type { Hub } from "./hub.ts";
import type { Webhooks } from "./webhooks.ts";

export interface Stage {
  forge: Forge;
  forms: Forms;
  /** Tells the App of something in a repository that it is installed on. */
  emit: (event: string, payload: object, where: { repo: string; by: string }) => void;
  directoryOf: (repo: string) => string;
}

export function createStage(
  hub: Hub,
  { forge, forms, webhooks }: { forge: Forge; forms: Forms; webhooks: Webhooks },
): Stage {
  return {
    forge,
    forms,
    directoryOf: (repo) => forge.repositoryNamed(repo)?.directory ?? "",
    emit: (event, payload, { repo, by }) => {
      const repository = forge.repositoryNamed(repo);
      if (repository === undefined || repository.parent !== undefined || hub.isSuspended) return;
      webhooks.send(event, {
        ...payload,
        repository: repositoryForm(repository, forge.webBase()),
        organization: { login: repository.owner, id: 9001 },
        sender: accountForm(forge.accountOf(by)),
        installation: { id: hub.app.installationId },
      });
    },
  };
}
