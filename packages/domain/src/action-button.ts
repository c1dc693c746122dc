/**
 * Values of the buttons that Thor itself signs: `t1:<kind>:<refId>:<arg>:<expires unix s>:<sig>`. The signature binds
 * the value to one button in one thread; its key is `deriveKey(secret, "thor", "action-button")`.
 */
export const ACTION_BUTTON_KEY = "action-button";

/** Buttons that open a form, and what a handed-in form calls itself; its value is signed under that name. */
export const ACTION_FORMS = { thor_other: "thor_other_form", thor_reject: "thor_reject_form" } as const;
export type FormButton = keyof typeof ACTION_FORMS;

export interface ActionButton {
  /** What `refId` names: a run (its control message) or a card. */
  kind: "run" | "card";
  refId: string;
  /** What pressing it says, e.g. the chosen answer. */
  arg: string;
  /** Unix seconds. */
  expires: number;
}

export interface ButtonPlace {
  actionId: string;
  team: string;
  channel: string;
  threadTs: string;
}

/** The text under the HMAC-SHA-256 of a button. */
export function actionButtonMessage({ kind, refId, arg, expires }: ActionButton, place: ButtonPlace): string {
  const { actionId, team, channel, threadTs } = place;
  return ["t1", actionId, kind, refId, encodeURIComponent(arg), expires, team, channel, threadTs].join("\n");
}

export const formatActionButton = ({ kind, refId, arg, expires }: ActionButton, signature: string) =>
  ["t1", kind, refId, encodeURIComponent(arg), expires, signature].join(":");

const VALUE = /^t1:(run|card):([A-Za-z0-9_-]{1,128}):([A-Za-z0-9%._~!*'()-]{0,1000}):(\d{1,12}):([A-Za-z0-9_-]{43})$/;

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Reads a value; undefined when it is none of ours. Nothing is proven yet. */
export function parseActionButton(value: string): { button: ActionButton; signature: string } | undefined {
  const [, kind, refId = "", rawArg = "", expires, signature = ""] = VALUE.exec(value) ?? [];
  const arg = decoded(rawArg);
  if ((kind !== "run" && kind !== "card") || arg === undefined) return undefined;
  return { button: { kind, refId, arg, expires: Number(expires) }, signature };
}
