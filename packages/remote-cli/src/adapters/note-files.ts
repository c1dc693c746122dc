/** The note files of people: private ones outside everything that agents can read, shareable ones inside. */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { writeFileAtomic } from "@thor/kit/atomic-file";
import { isPlainFile, readPlainFile } from "@thor/kit/plain-file";

const nameOf = (slug: string) => `people/${slug}.md`;

/** Whether there was one; a link that somebody put in the way leads to a file that is not this person's. */
async function remove(root: string, slug: string): Promise<boolean> {
  const isOwn = await isPlainFile(root, nameOf(slug)).catch(() => false);
  if (isOwn) await rm(join(root, nameOf(slug)));
  return isOwn;
}

export function createNoteFiles(roots: { private: string; shared: string }) {
  return {
    read: async (slug: string, maxBytes: number) => {
      const [own, shared] = await Promise.all(
        [roots.private, roots.shared].map((root) => readPlainFile(root, nameOf(slug), maxBytes)),
      );
      return { private: own, shared };
    },
    write: async (slug: string, text: string) => {
      await mkdir(join(roots.private, "people"), { recursive: true, mode: 0o700 });
      await writeFileAtomic(join(roots.private, nameOf(slug)), `${text}\n`, 0o600);
    },
    /** How many files there were. */
    forget: async (slug: string) => {
      const removed = await Promise.all([roots.private, roots.shared].map((root) => remove(root, slug)));
      return removed.filter(Boolean).length;
    },
  };
}
