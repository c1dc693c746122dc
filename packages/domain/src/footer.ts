/** The line under everything that Thor writes where people read it as theirs: that a machine wrote it, and where from. */

/** The page of a conversation, or of its run when one is open. */
export function contextUrl(runnerBaseUrl: string, anchorId: string, openTriggerId?: string): string {
  const page = `${runnerBaseUrl}/runner/v/${anchorId}`;
  return openTriggerId === undefined ? page : `${page}/${openTriggerId}`;
}

/** Adds the disclaimer below an authored text. */
export const withFooter = (text: string, url: string) =>
  `${text.replace(/\n$/, "")}\n\n---\nAI-generated — verify before acting. [View Thor context](${url})\n`;
