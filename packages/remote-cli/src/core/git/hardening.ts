/** How git is always started: configuration that no repository can override, and an environment built from nothing. */

export interface GitIdentity {
  slug: string;
  botId: string;
  caFile?: string | undefined;
}

const SETTINGS = `core.fsmonitor=false core.hooksPath=/dev/null core.attributesFile=/dev/null core.sshCommand=/bin/false
  core.gitProxy= credential.helper= credential.useHttpPath=true credential.username=x-access-token protocol.allow=never
  protocol.https.allow=always http.followRedirects=false http.sslVerify=true gpg.program=/bin/false commit.gpgSign=false
  tag.gpgSign=false push.gpgSign=false log.showSignature=false diff.ignoreSubmodules=all status.submoduleSummary=false
  submodule.recurse=false fetch.recurseSubmodules=false push.recurseSubmodules=no push.followTags=false
  merge.autoStash=false rerere.enabled=false gc.auto=0 maintenance.auto=false core.protectHFS=true
  core.protectNTFS=true`.split(/\s+/);

/** The `-c` options in front of every command. */
export function gitSettings({ slug, botId, caFile }: GitIdentity): string[] {
  const all = [
    ...SETTINGS,
    `user.name=${slug}[bot]`,
    `user.email=${botId}+${slug}[bot]@users.noreply.github.com`,
    ...(caFile === undefined ? [] : [`http.sslCAInfo=${caFile}`]),
  ];
  return all.flatMap((setting) => ["-c", setting]);
}

export interface GitSurroundings {
  /** Absent for clone. */
  repository?: { gitDir: string; workTree: string } | undefined;
  isRead: boolean;
  /** The helper that answers with a token; only network commands have one. */
  askpass?: string | undefined;
}

/** The environment that git gets on top of the base that every child has. */
export function gitEnvironment({ repository, isRead, askpass }: GitSurroundings): Record<string, string> {
  return {
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_PAGER: "cat",
    GIT_EDITOR: ":",
    GIT_SEQUENCE_EDITOR: ":",
    GIT_ALLOW_PROTOCOL: "https",
    GIT_PROTOCOL_FROM_USER: "0",
    GIT_SSH_COMMAND: "/bin/false",
    ...(repository === undefined ? {} : { GIT_DIR: repository.gitDir, GIT_WORK_TREE: repository.workTree }),
    ...(isRead ? { GIT_OPTIONAL_LOCKS: "0" } : {}),
    ...(askpass === undefined ? { GIT_NO_LAZY_FETCH: "1" } : { GIT_ASKPASS: askpass }),
  };
}
