/** The environment of gh: one repository of one host, nothing to ask, nothing to tell anybody, no file to read. */
export function ghEnvironment(options: {
  host: string;
  owner: string;
  repo: string;
  token: string;
  caFile?: string | undefined;
}): Record<string, string> {
  const { host, owner, repo, token, caFile } = options;
  return {
    GH_HOST: host,
    // With the repository named, gh starts no git to find out.
    GH_REPO: `${host}/${owner}/${repo}`,
    [host === "github.com" ? "GH_TOKEN" : "GH_ENTERPRISE_TOKEN"]: token,
    GH_PROMPT_DISABLED: "1",
    GH_NO_UPDATE_NOTIFIER: "1",
    GH_PAGER: "cat",
    ...(caFile === undefined ? {} : { SSL_CERT_FILE: caFile }),
  };
}
