/** What a conversation can be called and found by: from its structured events, never from a prompt. */
import { cutText, stripInvisible } from "@thor/kit/pure/cut-text";
import { z } from "zod";

/** With the mark of a cut it is not over 120. */
const MAX_TITLE = 110;
const MAX_TERM = 64;
const MAX_TERMS = 64;

const Titled = z.object({ title: z.string(), number: z.number() });
const Payload = z.object({
  text: z.string().optional(),
  prompt: z.string().optional(),
  issue: Titled.optional(),
  pull_request: Titled.optional(),
});

/** Slack's own marks, as a reader would read them: no mention, the label of a link. */
const readable = (text: string) =>
  text
    .replaceAll(/<[@!#][^>|]*(?:\|[^>]*)?>/g, " ")
    .replaceAll(/<[^>|]+\|([^>]*)>/g, "$1")
    .replaceAll(/<([^>]*)>/g, "$1")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");

const firstLine = (text: string) =>
  text
    .split("\n")
    .map((line) => line.replaceAll(/\s+/g, " ").trim())
    .find((line) => line !== "");

function wordsOf(payload: unknown): string | undefined {
  const { pull_request: pull, issue, prompt, text } = Payload.safeParse(payload).data ?? {};
  return pull?.title ?? issue?.title ?? prompt ?? (text === undefined ? undefined : readable(text));
}

/** The first line that a person wrote, or the title of what it is about; undefined when the events say neither. */
export function titleIn(payloads: readonly unknown[]): string | undefined {
  const lines = payloads.map((payload) => firstLine(stripInvisible(wordsOf(payload) ?? "")));
  const line = lines.find((one) => one !== undefined);
  return line === undefined ? undefined : cutText(line, MAX_TITLE);
}

/** Numbers of the issues and pull requests that events are about. */
export const numbersIn = (payloads: readonly unknown[]): string[] =>
  payloads.flatMap((payload) => {
    const { data } = Payload.safeParse(payload);
    const number = data?.pull_request?.number ?? data?.issue?.number;
    return number === undefined ? [] : [String(number)];
  });

/** Single words of all these texts, each once. */
export function termsOf(texts: readonly (string | undefined)[]): string[] {
  const words = texts.flatMap((text) => (text ?? "").toLowerCase().split(/[^\p{L}\p{N}_-]+/u));
  const whole = words.filter((word) => word.length > 1 || /\d/.test(word)).map((word) => word.slice(0, MAX_TERM));
  return [...new Set(whole)].slice(0, MAX_TERMS);
}
