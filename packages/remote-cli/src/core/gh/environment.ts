/** How gh is always started: one repository, nothing to ask, nobody to tell, no network but the call's own socket. */

/** A name for a token: gh insists on one, and the broker puts the real one in its place. */
const PLACEHOLDER_TOKEN = "thor-broker";
/** The API as gh believes to reach it. */
export const GH_API_HOST = "api.github.com";

export const ghConfig = (socket: string) =>
  `version: "1"\nprompt: disabled\ngit_protocol: https\nhttp_unix_socket: ${socket}\n`;

/** The environment that gh gets on top of the base that every child has. */
export const ghEnvironment = ({ home, owner, repo }: { home: string; owner: string; repo: string }) => ({
  GH_CONFIG_DIR: home,
  GH_TOKEN: PLACEHOLDER_TOKEN,
  GH_HOST: "github.com",
  // With the repository named, gh starts no git to find out.
  GH_REPO: `${owner}/${repo}`,
  GH_PROMPT_DISABLED: "1",
  GH_NO_UPDATE_NOTIFIER: "1",
  GH_PAGER: "cat",
});
