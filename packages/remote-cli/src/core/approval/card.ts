/** The card of a request: every byte that will run, who decides, and what became of it. */
import { APPROVAL_ACTIONS, type ApprovalAction, type ApprovalPolicyShown } from "@thor/domain/approval";

import type { meaningOf } from "./record.ts";
import { fenced, plainLine } from "./visible.ts";

type Meaning = ReturnType<typeof meaningOf>;

export interface CardFacts extends Meaning {
  id: string;
  tool: string;
  targetKey: string;
  argsSha256: string;
  expiresAt: number;
  /** The same for clients that show no dates. */
  expiresText: string;
  link: string;
  /** Approvals so far. */
  yes: number;
}
/** The line that takes the place of the buttons. */
export interface CardEnd {
  sign: string;
  text: string;
}

const MAX_TITLE = 280;
const MAX_SECTION = 3000;
/** What Slack's one text field of a form can hold. */
const MAX_EDITABLE = 3000;
const SHOWN_DIGEST = 12;
const MINUTE_MS = 60_000;

const mrkdwn = (text: string) => ({ type: "mrkdwn", text });
const plain = (text: string) => ({ type: "plain_text", text });
const context = (text: string) => ({ type: "context", elements: [mrkdwn(text)] });

const textOf = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value, undefined, 2));

/** All arguments: the tool's own fields first, then the others as JSON. */
export function cardBody({ args, presentation: { fields } }: Pick<CardFacts, "args" | "presentation">): string {
  const named = fields.filter((name) => args[name] !== undefined);
  const others = Object.fromEntries(Object.entries(args).filter(([name]) => !named.includes(name)));
  const parts = named.map((name) => `*${name}*\n${fenced(textOf(args[name]))}`);
  const rest = Object.keys(others).length === 0 ? [] : [`*Other arguments*\n${fenced(textOf(others))}`];
  const all = [...parts, ...rest];
  return all.length === 0 ? "No arguments provided." : all.join("\n");
}

/** The name of the mandatory file when the body does not fit on the card. */
export const fileNameOf = ({ id, tool }: Pick<CardFacts, "id" | "tool">) => `approval-${tool}-${id}.md`;
export const needsFile = (facts: CardFacts) => cardBody(facts).length > MAX_SECTION;
export const fileText = (facts: CardFacts) => `# ${facts.presentation.title}\n\n${cardBody(facts)}\n`;

const approverOf = (token: string) => {
  if (token === "*") return "anyone here";
  if (/^[UW]/.test(token)) return `<@${token}>`;
  return token.startsWith("S") ? `<!subteam^${token}>` : token;
};

const approversText = ({ approvers }: Pick<ApprovalPolicyShown, "approvers">) => approvers.map(approverOf).join(", ");

function policyText({ policy, yes }: CardFacts): string {
  const soFar = yes > 0 ? ` (${yes} so far)` : "";
  const count = policy.quorum === 1 ? "1 approval" : `${policy.quorum} approvals${soFar}`;
  return `${count} from ${approversText(policy)}${policy.selfApproval ? "" : ", not the requester"}`;
}

function requesterText({ requesters }: Meaning): string {
  const names = requesters.map(({ kind, id }) => (kind === "slack" ? `<@${id}>` : `${kind}:${plainLine(id, 60)}`));
  return names.length === 0 ? "a schedule" : names.join(", ");
}

const expiryText = ({ expiresAt, expiresText }: Pick<CardFacts, "expiresAt" | "expiresText">) =>
  `<!date^${Math.floor(expiresAt / 1000)}^{date_short_pretty} {time}|${expiresText}>`;

const bodyBlocks = (facts: CardFacts) => {
  const text = needsFile(facts)
    ? `Everything that will run is in the file ${fileNameOf(facts)} (approval \`${facts.id}\`).`
    : cardBody(facts);
  return { type: "section", expand: true, text: mrkdwn(text) };
};

function addedBlocks({ injected }: Meaning): object[] {
  const names = Object.entries(injected).map(([name, value]) => `${name} = ${plainLine(textOf(value), 200)}`);
  return names.length === 0 ? [] : [context(`Thor adds: ${names.join("; ")}`)];
}

const editedText = ({ presentation: { editedBy, editedFields = [] } }: Meaning) =>
  editedBy === undefined
    ? ""
    : ` · edited by <@${editedBy}>: ${editedFields.map((name) => plainLine(name, 60)).join(", ")}`;

function frame(facts: CardFacts, first: object): object[] {
  const { targetKey, id, argsSha256, link } = facts;
  const about = `Requested by ${requesterText(facts)} · ${plainLine(targetKey, 100)} · ${policyText(facts)}`;
  return [
    first,
    context(`${about} · expires ${expiryText(facts)}${editedText(facts)}`),
    bodyBlocks(facts),
    ...addedBlocks(facts),
    context(`\`${id}\` · ${argsSha256.slice(0, SHOWN_DIGEST)} · <${link}|View>`),
  ];
}

const titleBlock = (sign: string, text: string) => ({ type: "section", text: mrkdwn(`${sign} ${text}`) });
const titleText = ({ presentation: { title } }: Meaning) => `*${plainLine(title, MAX_TITLE)}*`;

type ValueOf = (action: ApprovalAction) => string;

function confirmOf({ presentation: { confirm } }: Meaning, tool: string): object {
  if (!confirm) return {};
  const dialogue = {
    title: plain("Really run it?"),
    text: plain(`This runs ${tool} at once.`),
    confirm: plain("Run it"),
    deny: plain("Not yet"),
  };
  return { confirm: dialogue };
}

function actions(facts: CardFacts, valueOf: ValueOf): object {
  const { presentation, policy, tool } = facts;
  const button = (action: ApprovalAction, text: string, more: object = {}) => ({
    type: "button",
    action_id: APPROVAL_ACTIONS[action],
    text: plain(text),
    value: valueOf(action),
    ...more,
  });
  const option = (action: ApprovalAction, text: string) => ({ text: plain(text), value: valueOf(action) });
  const texts = Object.values(presentation.editable);
  const isEditable = texts.length > 0 && texts.every((text) => text.length <= MAX_EDITABLE);
  const minutes = policy.grantMs === undefined ? undefined : Math.round(policy.grantMs / MINUTE_MS);
  const grant = minutes === undefined ? [] : [option("grant", `Approve and allow this tool here for ${minutes} min`)];
  return {
    type: "actions",
    elements: [
      button("approve", "Approve", { style: "primary", ...confirmOf(facts, tool) }),
      button("reject", "Reject", { style: "danger" }),
      ...(isEditable ? [button("edit", "Edit…")] : []),
      { type: "overflow", action_id: "approval_more", options: [option("withdraw", "Withdraw"), ...grant] },
    ],
  };
}

/** What is read where blocks are not shown. */
export const cardText = (facts: CardFacts) =>
  `Approval needed: ${plainLine(facts.presentation.title, MAX_TITLE)}${needsFile(facts) ? ` (approval \`${facts.id}\`)` : ""}`;

/** A card that waits for people. */
export const openCard = (facts: CardFacts, valueOf: ValueOf): object[] => [
  ...frame(facts, titleBlock(":lock:", titleText(facts))),
  { type: "divider" },
  actions(facts, valueOf),
];

/** The card once it is decided: the same body, no buttons. */
export const endedCard = (facts: CardFacts, { sign, text }: CardEnd): object[] => [
  titleBlock(sign, `${text}\n${titleText(facts)}`),
  ...frame(facts, titleBlock(":lock:", titleText(facts))).slice(1),
];

/** Words in the thread while a request waits. */
export const reminderText = (facts: CardFacts): string =>
  `:alarm_clock: Still waiting: ${plainLine(facts.presentation.title, MAX_TITLE)} · ${approversText(facts.policy)} · <${facts.link}|View>`;

export interface GrantFacts extends Pick<CardFacts, "tool" | "expiresAt" | "expiresText"> {
  createdBy: string;
  isOver: boolean;
  revokeValue: string;
}

/** A standing permission in the thread, with the button that ends it. */
export function grantMessage(facts: GrantFacts) {
  const { tool, createdBy, isOver, revokeValue } = facts;
  const text = isOver
    ? `:no_entry: The standing permission for ${plainLine(tool, 100)} has ended`
    : `:unlock: <@${createdBy}> allows ${plainLine(tool, 100)} here until ${expiryText(facts)}`;
  const revoke = {
    type: "button",
    action_id: APPROVAL_ACTIONS.revoke,
    style: "danger",
    text: plain("Revoke"),
    value: revokeValue,
  };
  const section = { type: "section", text: mrkdwn(text) };
  return { text, blocks: isOver ? [section] : [section, { type: "actions", elements: [revoke] }] };
}
