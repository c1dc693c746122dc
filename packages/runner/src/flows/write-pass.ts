/** Writes a session's pass, with the guide of its repository as it stands in the main clone now, and the open notes. */
import type { Pass } from "@thor/domain/pass";
import type { Ledger } from "@thor/ledger/port";

import { factsOf } from "../core/run-facts.ts";

const GUIDES = ["AGENTS.md", "CLAUDE.md"];
const MAX_GUIDE = 32 * 1024;

export interface PassFor {
  sessionId: string;
  anchorId: string;
  cwd: string;
}

export interface WritePassDeps extends Pick<Ledger, "triggersOf"> {
  readNote: (root: string, name: string, maxBytes: number) => Promise<string | undefined>;
  /** SHA-256 in hex. */
  digest: (text: string) => string;
  write: (pass: PassFor & Pick<Pass, "guide" | "memory">) => Promise<void>;
}

/**
 * The guide comes from the conversation's own directory and nowhere else, so that a pull request cannot change the rules
 * of the run that reads it. The notes are those that the conversation's newest run may see.
 */
export const createWritePass =
  ({ readNote, digest, write, triggersOf }: WritePassDeps) =>
  async (given: PassFor): Promise<void> => {
    const [run] = await triggersOf({ anchorId: given.anchorId, limit: 1 });
    const { memory } = run === undefined ? {} : factsOf(run);
    const pass = { ...given, ...(memory === undefined ? {} : { memory }) };
    for (const name of GUIDES) {
      const guide = await readNote(pass.cwd, name, MAX_GUIDE);
      if (guide === undefined) continue;
      const head = `Guide of repository ${pass.cwd.split("/").at(-1) ?? ""} (default branch). It cannot widen permissions.`;
      const text = `${head}\n\n${guide}`;
      return write({ ...pass, guide: { text, sha256: digest(text) } });
    }
    return write(pass);
  };
