const STOP_WORDS = new Set(["stop", "cancel", "abort", "halt"]);
const MENTION = /<@[A-Z0-9]+(\|[^>]*)?>/g;

/** Whether a message says nothing but stop: mentions and punctuation aside, in any case. */
export function isStopWord(text: string): boolean {
  const word = text.replaceAll(MENTION, " ").replaceAll(/[\p{P}\p{S}]/gu, " ");
  return STOP_WORDS.has(word.trim().toLowerCase());
}
