/** What the proxy lets out for an integration, with its placeholders filled. */
import type { EgressRule, Values } from "./manifest.ts";

export type FilledRule = { kind: "rule"; rule: EgressRule } | { kind: "inactive" } | { kind: "unset"; name: string };

const PLACE = /\$\{([A-Z][A-Z0-9_]*)\}/g;
const namesIn = (text: string) => Array.from(text.matchAll(PLACE), ([, name = ""]) => name);
const escapePattern = (text: string) => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);

/** A rule without its host is inactive; one without a header's value names what is missing. */
export function fillEgressRule(rule: EgressRule, values: Values): FilledRule {
  const isMissing = (name: string) => values[name] === undefined;
  if (namesIn(rule.host + JSON.stringify(rule.path)).some(isMissing)) return { kind: "inactive" };
  const unset = Object.values(rule.headers).flatMap(namesIn).find(isMissing);
  if (unset !== undefined) return { kind: "unset", name: unset };
  const fill = (text: string, spell: (value: string) => string = (value) => value) =>
    text.replaceAll(PLACE, (_all, name: string) => spell(values[name] ?? ""));
  const { path } = rule;
  const filledPath =
    "pattern" in path
      ? { pattern: fill(path.pattern, escapePattern) }
      : "prefix" in path
        ? { prefix: fill(path.prefix) }
        : { exact: fill(path.exact) };
  const headers = Object.fromEntries(Object.entries(rule.headers).map(([name, value]) => [name, fill(value)]));
  return { kind: "rule", rule: { ...rule, host: fill(rule.host), path: filledPath, headers } };
}
