/** Git of this machine on one worktree, hardened by whoever hands it in. */
export type HostGit = (
  argv: readonly string[],
  more?: { stdin?: string; writable?: readonly string[] },
) => Promise<{ code: number; stdout: Uint8Array }>;

export interface Worktree {
  root: string;
  git: HostGit;
}

const decoder = new TextDecoder();

/** The text of a git command that must succeed. */
export async function gitText({ git }: Worktree, argv: readonly string[]): Promise<string> {
  const { code, stdout } = await git(argv);
  if (code !== 0) throw new Error(`git ${argv[0] ?? ""} ended with ${code}`);
  return decoder.decode(stdout);
}
