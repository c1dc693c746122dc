/** Who Thor is on GitHub. */
export interface GithubIdentity {
  /** The App's slug, lower case; its account is `<slug>[bot]`. */
  slug: string;
  botId: number;
}

/** Whether a text calls Thor: `@<slug>` or `@<slug>[bot]` in any case, and no longer or shorter name. */
export function isMentioned(text: string, { slug }: Pick<GithubIdentity, "slug">): boolean {
  const name = slug.replaceAll(/[^a-z0-9-]/gi, String.raw`\$&`);
  return new RegExp(`(?<![a-z0-9_-])@${name}(?![a-z0-9_-])`, "i").test(text);
}

/** The address that commits of Thor carry. */
export const botEmail = ({ slug, botId }: GithubIdentity) => `${botId}+${slug}[bot]@users.noreply.github.com`;
