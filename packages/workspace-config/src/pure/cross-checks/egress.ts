/** Proxy rules: which variables they may send, and which deserve a second look. */
import type { Entries } from "../entries.ts";
import type { Finding } from "../issues.ts";
import { placeholdersOf } from "../schema/headers.ts";

/** Variables of Thor and of what it brings: no rule may send them anywhere. A name without `*` includes its suffixed forms. */
const REFUSED =
  /^(?:(?:THOR|SLACK|GITHUB|VOUCH|AWS|PSQL|DAYTONA|METABASE|LD|SCOUT|GRAFANA|LANGFUSE|POSTHOG|MCP|CODEX_LB)_.*|(?:CRON_SECRET|DATABASE_URL|ATLASSIAN_AUTH)(?:_.*)?)$/;
const CREDENTIAL_HEADER = /auth|token|key|secret|cookie/i;

const rulesOf = ({ mitmproxy }: Entries) =>
  mitmproxy.flatMap((rule, at) => (rule === undefined ? [] : [{ rule, path: ["mitmproxy", at] }]));

export function egressFindings(entries: Entries): Finding[] {
  return rulesOf(entries).flatMap(({ rule, path }) =>
    Object.entries(rule.headers).flatMap(([name, value]): Finding[] => {
      const { names, isMalformed } = placeholdersOf(value);
      const refused = names.find((variable) => REFUSED.test(variable));
      const place = [...path, "headers", name];
      if (isMalformed) return [{ path: place, message: "has a ${…} that does not name a variable" }];
      return refused === undefined ? [] : [{ path: place, message: `may not use \${${refused}}` }];
    }),
  );
}

/** Every tenant under a suffix receives the header: allowed, and said. */
export function egressWarnings(entries: Entries): Finding[] {
  return rulesOf(entries).flatMap(({ rule, path }) =>
    rule.host_suffix !== undefined && Object.keys(rule.headers).some((name) => CREDENTIAL_HEADER.test(name))
      ? [{ path, message: `every host under ${rule.host_suffix} receives this credential` }]
      : [],
  );
}
