/** An open card as a question with its choices, in the words that the runner reads as an answer. */
import { z } from "zod";

const Stored = z.object({ request: z.string() });
const Questions = z.object({
  questions: z
    .array(
      z.object({
        question: z.string(),
        multiple: z.boolean().optional(),
        options: z.array(z.object({ label: z.string() })),
      }),
    )
    .min(1),
});
const Permission = z.object({
  permission: z.string(),
  patterns: z.array(z.string()).default([]),
  metadata: z.object({ command: z.string().optional() }).optional(),
});

export interface CardQuestion {
  text: string;
  /** What is shown, and what is sent. */
  choices: readonly { word: string; choice: string }[];
  /** Written words are an answer too. */
  takesWords: boolean;
}

function permissionOf(request: unknown): CardQuestion | undefined {
  const { data } = Permission.safeParse(request);
  if (data === undefined) return undefined;
  return {
    text: `May I use ${data.permission}? ${data.metadata?.command ?? data.patterns.join(" ")}`,
    choices: [
      { word: "Allow once", choice: "once" },
      { word: "Reject", choice: "reject" },
    ],
    takesWords: false,
  };
}

function questionOf(request: unknown): CardQuestion | undefined {
  const { data } = Questions.safeParse(request);
  const [first, ...others] = data?.questions ?? [];
  if (first === undefined) return undefined;
  // Several questions, or several answers to one, are answered in words here.
  const isSimple = others.length === 0 && first.multiple !== true;
  return {
    text: [first, ...others].map(({ question }) => question).join(" · "),
    choices: isSimple ? first.options.map(({ label }, at) => ({ word: label, choice: String(at) })) : [],
    takesWords: true,
  };
}

/** Undefined for cards that ask nothing. */
export function cardQuestion({ kind, payload }: { kind: string; payload: unknown }): CardQuestion | undefined {
  const stored = Stored.safeParse(payload).data;
  if (stored === undefined || (kind !== "question" && kind !== "permission")) return undefined;
  const request: unknown = JSON.parse(stored.request);
  return kind === "question" ? questionOf(request) : permissionOf(request);
}
