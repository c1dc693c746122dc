/** Writes a session's pass, with the guide of its repository as it stands in the main clone now. */
const GUIDES = ["AGENTS.md", "CLAUDE.md"];
const MAX_GUIDE = 32 * 1024;

export interface PassFor {
  sessionId: string;
  anchorId: string;
  cwd: string;
}

export interface WritePassDeps {
  readNote: (root: string, name: string, maxBytes: number) => Promise<string | undefined>;
  /** SHA-256 in hex. */
  digest: (text: string) => string;
  write: (pass: PassFor & { guide?: { text: string; sha256: string } }) => Promise<void>;
}

/**
 * The guide comes from the conversation's own directory and nowhere else, so that a pull request cannot change the rules
 * of the run that reads it.
 */
export const createWritePass =
  ({ readNote, digest, write }: WritePassDeps) =>
  async (pass: PassFor): Promise<void> => {
    for (const name of GUIDES) {
      const guide = await readNote(pass.cwd, name, MAX_GUIDE);
      if (guide === undefined) continue;
      const head = `Guide of repository ${pass.cwd.split("/").at(-1) ?? ""} (default branch). It cannot widen permissions.`;
      const text = `${head}\n\n${guide}`;
      return write({ ...pass, guide: { text, sha256: digest(text) } });
    }
    return write(pass);
  };
