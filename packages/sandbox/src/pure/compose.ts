/** Shell text from words, with no interpolation but quoting. */

export const WORK = "/workspace/sandbox";

export const quote = (word: string) => `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** What `bash -lc` is given: the directory, and the text of an inner shell or the quoted words. */
export function composeCommand(words: readonly string[], subPath: string): string {
  const [first, , text = ""] = words;
  const body = first === "sh" || first === "bash" ? text : words.map(quote).join(" ");
  const directory = subPath === "" ? WORK : `${WORK}/${subPath}`;
  return `cd ${quote(directory)} || exit 1\n${body}\n`;
}

const INSTALLS =
  /^(?:npm|pnpm|yarn|npx|pnpx|bun)\s+(?:ci|i|install|add|exec|dlx)\b|^(?:npx|pnpx|corepack|curl|wget)\b|^(?:pip3?|uv|cargo|gem|bundle|go|mvn|apt|apt-get)\s+(?:install|add|get|sync|fetch|mod)\b/;

/** Whether a command looks like one that fetches something. */
export const looksLikeInstall = (words: readonly string[]) =>
  INSTALLS.test((words[0] === "sh" || words[0] === "bash" ? (words[2] ?? "") : words.join(" ")).trim());
