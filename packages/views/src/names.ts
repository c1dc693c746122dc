/** Outside names as people read them, with links built from ids and configured hosts, never from text. */
import { parseCorrelationKey } from "@thor/domain/correlation-key";

/** Where links go; a host that is not known gives no link. */
export interface Hosts {
  /** `https://acme.slack.com`, without a slash at its end. */
  slack?: string | undefined;
  /** `https://github.com`. */
  github: string;
}
export interface Named {
  text: string;
  href?: string | undefined;
}

const slackOf = (value: string, { slack }: Hosts): Named => {
  const [channel = "", ts = ""] = value.split("/");
  const text = `Slack ${channel} · ${ts}`;
  return slack === undefined ? { text } : { text, href: `${slack}/archives/${channel}/p${ts.replace(".", "")}` };
};

const ISSUE = /^[^:]+:([A-Za-z0-9._-]+\/[A-Za-z0-9._-]+)#(\d+)$/;

/** An alias as a person reads it. */
export function aliasLink(type: string, value: string, hosts: Hosts): Named {
  if (type === "slack.thread") return slackOf(value, hosts);
  const issue = type === "github.issue" ? ISSUE.exec(value) : null;
  if (issue !== null)
    return { text: `${issue[1]}#${issue[2]}`, href: `${hosts.github}/${issue[1]}/issues/${issue[2]}` };
  return { text: type === "git.branch" ? value.replace(":", " · ") : value };
}

/** Where something came from, by its correlation key. */
export function sourceLine(key: string, hosts: Hosts): Named {
  const parsed = parseCorrelationKey(key);
  if (parsed.kind === "bindable") return aliasLink(parsed.type, parsed.value, hosts);
  return { text: key.startsWith("cron:") ? "Schedule" : key };
}

const SOURCES = new Map([
  ["slack", "Slack"],
  ["github", "GitHub"],
  ["cron", "Schedule"],
  ["admin", "Admin"],
  ["approval", "Approval"],
]);
export const sourceWord = (source: string) => SOURCES.get(source) ?? source;

/** What a conversation is called on pages. */
export const titleOf = ({ title, originKey }: { title?: string | undefined; originKey: string }) =>
  title ?? sourceLine(originKey, { github: "https://github.com" }).text;
