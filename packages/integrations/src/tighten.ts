/** What an operator may change about a built-in integration: only how much less it may do. */
import { genericApproveTool, type Integration } from "./manifest.ts";

export function tightened(
  integration: Integration,
  { approve, hide }: { approve: readonly string[]; hide: readonly string[] },
): Integration {
  const { tools } = integration;
  const isNew = (name: string) => tools.allow.includes(name) && approve.includes(name);
  const kept = (name: string) => !hide.includes(name);
  return {
    ...integration,
    tools: {
      allow: tools.allow.filter((name) => kept(name) && !approve.includes(name)),
      approve: [...tools.approve, ...tools.allow.filter(isNew).map((name) => genericApproveTool(name))].filter(
        ({ name }) => kept(name),
      ),
      hidden: [...tools.hidden, ...hide],
      internal: tools.internal.filter(kept),
    },
  };
}
