/** Links to the outside: how each does, which tools it offers, and what the policy would say about a call. */
import { Empty, Facts, Mark, type Moment, Panel, Table, When } from "@thor/views/ui/parts";
import { Block, Code, FieldText, Text, Words } from "@thor/views/ui/text";

import { ActForm, Choice, Field } from "./act.tsx";
import { LINK_TONES } from "./overview.tsx";

export interface Link {
  integration: string;
  state: string;
  since: number;
  last_ok_at: number | null;
  last_error: string | null;
  latency_ms: number | null;
  drift: string | null;
  updated_at: number;
}

const maybeWhen = (at: number | null, moment: Moment) => (at === null ? undefined : <When at={at} moment={moment} />);

const Card = ({ link, moment }: { link: Link; moment: Moment }) => (
  <article class="panel" id={`link-${link.integration.replaceAll(/[^A-Za-z0-9]/g, "_")}`}>
    <h3>
      <a href={`/admin/integrations/${encodeURIComponent(link.integration)}`}>
        <Text value={link.integration} />
      </a>
    </h3>
    <p>
      <Mark tone={LINK_TONES.get(link.state) ?? "still"} word={link.state} /> since{" "}
      <When at={link.since} moment={moment} />
    </p>
    {link.last_error === null ? undefined : (
      <p class="fault">
        <Text value={link.last_error} />
      </p>
    )}
    <Facts facts={[["Last success", maybeWhen(link.last_ok_at, moment)]]} />
  </article>
);

/** Every link that has reported. */
export const Links = ({ links, moment }: { links: readonly Link[]; moment: Moment }) => (
  <Panel id="links" title="Integrations">
    <p>
      <a class="button" href="/admin/policy">
        Try a call against the policy
      </a>
    </p>
    {links.length === 0 ? (
      <Empty value="No integration has reported yet. One appears here once its variables are set and remote-cli has reached it; docs/approvals.md lists them." />
    ) : (
      <div class="grid">
        {links.map((link) => (
          <Card link={link} moment={moment} />
        ))}
      </div>
    )}
  </Panel>
);

export interface ToolLine {
  tool: string;
  tier: string;
  schema_digest: string;
  seen_upstream_at: number;
  last_used_at: number | null;
}
const TIERS = new Map<string, "good" | "wait" | "still">([
  ["allow", "good"],
  ["approve", "wait"],
]);

const driftLines = (drift: string | null): string[] => {
  const read: unknown = drift === null ? [] : JSON.parse(drift);
  return Array.isArray(read) ? read.map((line) => (typeof line === "string" ? line : JSON.stringify(line))) : [];
};

/** What differs between what Thor expects and what the other side offers. */
export const Drift = ({ link }: { link: Link }) => (
  <Panel id="drift" title="Drift">
    {driftLines(link.drift).length === 0 ? (
      <Empty value="The other side offers what Thor expects." />
    ) : (
      <ul>
        {driftLines(link.drift).map((line) => (
          <li>
            <Text value={line} />
          </li>
        ))}
      </ul>
    )}
  </Panel>
);

/** Tools by name with the tier they fall under. */
export const Tools = ({ tools, moment }: { tools: readonly ToolLine[]; moment: Moment }) => (
  <Panel id="tools" title="Tools">
    {tools.length === 0 ? (
      <Empty value="No tool was seen here yet." />
    ) : (
      <Table
        caption="Tools that the other side offers"
        rows={tools}
        id={({ tool }) => `tool-${tool.replaceAll(/[^A-Za-z0-9]/g, "_")}`}
        columns={[
          { head: "Tool", cell: ({ tool }) => <Code value={tool} /> },
          { head: "Tier", cell: ({ tier }) => <Mark tone={TIERS.get(tier) ?? "still"} word={tier} /> },
          { head: "Seen", cell: ({ seen_upstream_at: at }) => <When at={at} moment={moment} /> },
          { head: "Schema", cell: ({ schema_digest: digest }) => <Code value={digest.slice(0, 12)} /> },
        ]}
      />
    )}
  </Panel>
);

export const POLICY_TOOLS = [
  "git",
  "gh",
  "mcp",
  "aws",
  "psql",
  "ldcli",
  "metabase",
  "scoutqa",
  "slack-post-message",
] as const;

export interface Explained {
  decision: string;
  rule: string;
  message?: string | undefined;
  canonical?: readonly string[] | undefined;
}
export interface PolicyForm {
  tool: string;
  args: string;
  cwd: string;
  anchor: string;
  csrf: string;
}
const DECISION_TONES = new Map<string, "good" | "wait" | "bad">([
  ["allow", "good"],
  ["approve", "wait"],
  ["deny", "bad"],
]);
const DECISIONS = new Map([
  ["allow", "allowed"],
  ["approve", "needs a person"],
  ["deny", "denied"],
]);

/** A call to be judged; nothing of it runs. */
export const TryCall = ({ form }: { form: PolicyForm }) => (
  <Panel id="try" title="Try this call">
    <ActForm csrf={form.csrf} action="/admin/policy" class="stack">
      <div class="fields">
        <Choice name="tool" label="Tool" value={form.tool} words={POLICY_TOOLS.map((tool) => [tool, tool] as const)} />
        <Field name="anchor" label="In the conversation with this id" value={form.anchor} />
        <Field name="cwd" label="Working directory (the conversation's own when empty)" value={form.cwd} />
      </div>
      <label class="field">
        <span>Arguments, one a line</span>
        <textarea name="args" rows="5" spellcheck="false">
          <FieldText value={form.args} />
        </textarea>
      </label>
      <button type="submit" class="main">
        Explain
      </button>
    </ActForm>
  </Panel>
);

/** What remote-cli's own pipeline says about it. */
export const Explanation = ({ explained, tool }: { explained: Explained; tool: string }) => (
  <Panel id="explained" title="What would be decided">
    <p>
      <Mark
        tone={DECISION_TONES.get(explained.decision) ?? "still"}
        word={DECISIONS.get(explained.decision) ?? explained.decision}
      />{" "}
      by rule <Code value={explained.rule} />
    </p>
    {explained.message === undefined ? undefined : (
      <Block value={explained.message} label="What the agent would read" />
    )}
    {explained.canonical === undefined ? undefined : (
      <>
        <h3>What would run</h3>
        <Block value={[tool, ...explained.canonical].join("\n")} label="Canonical arguments" />
      </>
    )}
    <p class="quiet">
      <Words value="Nothing was run." />
    </p>
  </Panel>
);
