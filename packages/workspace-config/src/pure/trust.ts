/** Whose repositories and whose words count: look-ups in the admission half, in the spelling of the outside world. */
import type { Admission } from "./admission.ts";
import type { User } from "./schema/people.ts";
import { folded } from "./schema/words.ts";

export type OwnerGrant =
  | { kind: "granted"; owner: string; installationId: number }
  | { kind: "refused"; why: "unknown_owner" | "repo_not_listed" };

const isSame = (a: string, b: string) => folded(a) === folded(b);

/** Whether Thor works for `owner/repo`, and through which installation. */
export function grantFor({ owners }: Pick<Admission, "owners">, fullName: string): OwnerGrant {
  const [ownerName = "", repo = ""] = fullName.split("/");
  const found = Object.entries(owners).find(([name]) => isSame(name, ownerName));
  if (found === undefined) return { kind: "refused", why: "unknown_owner" };
  const [owner, { github_app_installation_id: installationId, repos }] = found;
  const isListed = repos === undefined || repos.some((name) => isSame(name, repo));
  return isListed ? { kind: "granted", owner, installationId } : { kind: "refused", why: "repo_not_listed" };
}

type Users = Pick<Admission, "users">;

export const userBySlack = ({ users }: Users, id: string): User | undefined =>
  users.find(({ slack }) => slack !== undefined && isSame(slack, id));

export const userByGithub = ({ users }: Users, login: string): User | undefined =>
  users.find(({ github }) => github !== undefined && isSame(github, login));

export interface GithubSender {
  login: string;
  isBot: boolean;
  /** `author_association` as GitHub sent it. */
  association?: string | undefined;
}

/** Whether a comment may wake Thor: a bot by its exact login only, a person by association or by `users`. */
export function isTrustedSender(admission: Pick<Admission, "users" | "github">, sender: GithubSender): boolean {
  const { login, isBot, association } = sender;
  const { bots, associations } = admission.github;
  if (isBot) return bots.some((bot) => isSame(bot, login));
  return associations.some((trusted) => trusted === association) || userByGithub(admission, login) !== undefined;
}
