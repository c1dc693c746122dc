/** What Thor says in one message: words, and buttons whose values are signed only when the message's place is known. */
import type { ActionButton, FormButton } from "@thor/domain/action-button";
import { z } from "zod";

export interface Button {
  action: "thor_stop" | "thor_continue" | "thor_question" | "thor_permission" | FormButton;
  label: string;
  style?: "primary" | "danger" | undefined;
  /** Words beside the button. */
  about?: string | undefined;
  /** What pressing it means. */
  means: Omit<ActionButton, "expires">;
}

export interface Said {
  text: string;
  buttons: readonly Button[];
  /** Where more is to be seen. */
  view?: string | undefined;
}

type Block = Readonly<Record<string, unknown>>;

const MAX_SECTION = 3000;
const MAX_LABEL = 75;

const plain = (text: string) => ({ type: "plain_text", text: text.slice(0, MAX_LABEL), emoji: true });
const words = (text: string) => ({ type: "mrkdwn", text: text.slice(0, MAX_SECTION) });

const pressable = ({ action, label, style }: Button, value: string): Block => ({
  type: "button",
  action_id: action,
  text: plain(label),
  value,
  ...(style === undefined ? {} : { style }),
});

/** Message blocks. An action id may stand once in a block, so a button that repeats one begins the next. */
export function blocksOf({ text, buttons, view }: Said, sign: (button: Button) => string): readonly Block[] {
  const blocks: Block[] = [{ type: "section", text: words(text) }];
  let row: Block[] =
    view === undefined ? [] : [{ type: "button", action_id: "thor_view", text: plain("View"), url: view }];
  const close = () => {
    if (row.length > 0) blocks.push({ type: "actions", elements: row });
    row = [];
  };
  for (const button of buttons) {
    const element = pressable(button, sign(button));
    if (button.about !== undefined) {
      close();
      blocks.push({ type: "section", text: words(button.about), accessory: element });
      continue;
    }
    if (row.some((other) => other["action_id"] === button.action)) close();
    row.push(element);
  }
  close();
  return blocks;
}

const StoredText = z.object({ text: z.string() });

/** The words of a message as they were stored with its card. */
export const cardText = (payload: unknown): string => StoredText.safeParse(payload).data?.text ?? "";
