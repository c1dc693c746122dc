import type { SlackMessageEvent } from "@thor/domain/slack-event";
import { stripInvisible } from "@thor/kit/pure/cut-text";

/** Slack messages as the agent reads them: one object, or an array in the order they were sent. */
export function slackBlock(events: readonly SlackMessageEvent[]): string {
  const shown = events.map(({ team: _team, ...rest }) => rest);
  const [first] = shown;
  const body = stripInvisible(JSON.stringify(shown.length === 1 ? first : shown, null, 2));
  return `${shown.length === 1 ? "Slack event:" : "Slack events:"}\n\n${body}`;
}

export interface Routing {
  repo: string;
  why: "config" | "file" | "default";
  /** Why an override was not used. */
  ignored?: string | undefined;
  overridePath: string;
}

/** Told once per conversation: which repository it works in, and how a channel can choose another. */
export function routingBlock({ repo, why, ignored, overridePath }: Routing): string {
  const reason = { config: "set by the operator", file: "set for this channel", default: "the default repository" }[
    why
  ];
  const lines = [
    "[Slack routing]",
    `Repository: ${repo} (${reason})`,
    ...(ignored === undefined ? [] : [`The channel's own choice was not used: ${ignored}`]),
    `To change it for new conversations of this channel, write a repository name to ${overridePath}`,
  ];
  return lines.join("\n");
}
