/** What the proxy lets out by itself: the rules of all integrations, then Slack's reading calls. */
import { INTEGRATIONS } from "./index.ts";
import { words, type EgressRule } from "./manifest.ts";

const SLACK_READS = words(`
  conversations.history conversations.replies conversations.info conversations.list conversations.members users.info
  users.list usergroups.list reactions.get files.info chat.getPermalink team.info emoji.list pins.list`);
const SLACK_AUTH = { Authorization: "Bearer ${SLACK_BOT_TOKEN}" };

const slack: readonly EgressRule[] = [
  ...SLACK_READS.map((method) => ({
    host: "slack.com",
    methods: ["GET"],
    path: { exact: `/api/${method}` },
    headers: SLACK_AUTH,
    forbidQuery: ["token"],
  })),
  { host: "files.slack.com", methods: ["GET"], path: { prefix: "/" }, headers: SLACK_AUTH },
];

const numbered = (id: string, rules: readonly EgressRule[]) =>
  rules.map((rule, at) => ({ id: `${id}:${at}`, ...rule }));

/** What ships with the proxy; places for variables stay places. */
export const shippedEgress = () => ({
  rules: [...INTEGRATIONS.flatMap(({ id, egress }) => numbered(id, egress)), ...numbered("slack", slack)],
  passthrough: ["api.media.atlassian.com"],
});
