/** The footer under everything that the agent writes where others read it. */

const RULE = "\n---\n";

/** `link` leads to the run that wrote it. */
export const withFooter = (text: string, link: string): string =>
  `${text === "" ? "" : `${text}\n`}${RULE}AI-generated — verify before acting. [View Thor context](${link})`;
