import { writeFileAtomic } from "@thor/kit/atomic-file";

/** Writes the verdict beside the crontab, when it says something new. */
export function createStatusFile(path: string) {
  let written = "";
  return async (text: string): Promise<void> => {
    if (text === written) return;
    await writeFileAtomic(path, text, 0o644);
    written = text;
  };
}
