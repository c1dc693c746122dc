/** Decisions that wait for people, what was decided, and standing grants. */
import { showHidden } from "@thor/views/redact";
import { Empty, Facts, Id, Mark, type Moment, Pager, Panel, Table, When } from "@thor/views/ui/parts";
import { Block, Code, Text, Words } from "@thor/views/ui/text";

import { Act, ActForm } from "./act.tsx";

export interface ApprovalLine {
  id: string;
  tool: string;
  store: string;
  state: string;
  anchorId: string;
  createdAt: number;
  expiresAt: number;
  why?: string | undefined;
}
const TONES = new Map<string, "busy" | "wait" | "good" | "bad">([
  ["pending", "wait"],
  ["executing", "busy"],
  ["done", "good"],
  ["failed", "bad"],
  ["rejected", "bad"],
]);

/** Decisions as a list. */
export const ApprovalTable = (props: {
  id: string;
  title: string;
  rows: readonly ApprovalLine[];
  moment: Moment;
  empty: string;
  pages?: { first: string | undefined; next: string | undefined };
}) => (
  <Panel id={props.id} title={props.title}>
    {props.rows.length === 0 ? (
      <Empty value={props.empty} />
    ) : (
      <Table
        caption={props.title}
        rows={props.rows}
        id={({ id }) => `approval-${id}`}
        columns={[
          {
            head: "What",
            cell: ({ id, tool }) => (
              <a href={`/admin/approvals/${id}`}>
                <Text value={tool} />
              </a>
            ),
          },
          { head: "Where", cell: ({ store }) => <Text value={store} /> },
          {
            head: "State",
            cell: ({ state, why }) => (
              <Mark tone={TONES.get(state) ?? "still"} word={why === undefined ? state : `${state}: ${why}`} />
            ),
          },
          { head: "Asked", cell: ({ createdAt }) => <When at={createdAt} moment={props.moment} /> },
          {
            head: "Expires",
            cell: ({ expiresAt, state }) =>
              state === "pending" ? <When at={expiresAt} moment={props.moment} /> : <>–</>,
          },
          { head: "Conversation", cell: ({ anchorId }) => <a href={`/admin/conversations/${anchorId}`}>Open</a> },
        ]}
      />
    )}
    {props.pages === undefined ? undefined : <Pager {...props.pages} />}
  </Panel>
);

export interface ApprovalDetails {
  id: string;
  tool: string;
  store: string;
  title: string;
  targetKey: string;
  profile?: string | undefined;
  state: string;
  why?: string | undefined;
  reason?: string | undefined;
  rule: string;
  args: unknown;
  argsSha256: string;
  contextSha256: string;
  requesters: readonly string[];
  needs: string;
  anchorId: string;
  triggerId?: string | undefined;
  replaces?: string | undefined;
  replacedBy?: string | undefined;
  votes: readonly { voter: string; decision: string; reason?: string | undefined; via: string; at: number }[];
  result?: unknown;
  error?: string | undefined;
  sideEffect: string;
  outcomeNote?: string | undefined;
  createdAt: number;
  expiresAt: number;
  executingAt?: number | undefined;
  finishedAt?: number | undefined;
  version: number;
  /** Why this person may not decide; undefined: may. */
  barred: string | undefined;
  alwaysAsk: boolean;
}

const textOf = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));
const argumentsOf = (args: unknown): readonly (readonly [string, string])[] =>
  args !== null && typeof args === "object" && !Array.isArray(args)
    ? Object.entries(args).map(([name, value]) => [name, textOf(value)] as const)
    : [["value", textOf(args)]];

/** Every argument exactly as it will run; what cannot be seen is made visible. */
export const Arguments = ({ approval }: { approval: ApprovalDetails }) => (
  <Panel id="arguments" title="What will run">
    <dl class="stack">
      {argumentsOf(approval.args).map(([name, value]) => (
        <div>
          <dt>
            <Code value={name} />
            {showHidden(value) === value ? undefined : <Mark tone="bad" word="holds hidden characters" />}
          </dt>
          <dd>
            <Block value={value} label={name} />
          </dd>
        </div>
      ))}
    </dl>
    <Facts
      facts={[
        ["Digest", <Code value={approval.argsSha256} />],
        ["Context", <Code value={approval.contextSha256} />],
      ]}
    />
  </Panel>
);

const Link = ({ id }: { id: string }) => (
  <a href={`/admin/approvals/${id}`}>
    <Words value={id.slice(-7)} />
  </a>
);

/** Who asked, what it needs, how it stands. */
export const ApprovalHead = ({ approval, moment }: { approval: ApprovalDetails; moment: Moment }) => (
  <Panel id="approval" title="Decision">
    <p class="stateline">
      <Mark tone={TONES.get(approval.state) ?? "still"} word={approval.state} /> <Text value={approval.why ?? ""} />{" "}
      <Text value={approval.reason ?? ""} />
    </p>
    {approval.sideEffect === "unknown" ? (
      <p class="fault">
        Thor does not know whether it happened: a service died while it ran. Check the target, then note what you found.
        It is not tried again.
      </p>
    ) : undefined}
    {approval.error === undefined ? undefined : (
      <p class="fault">
        <Text value={approval.error} />
      </p>
    )}
    <Facts
      facts={[
        ["Tool", <Text value={`${approval.store} · ${approval.tool}`} />],
        ["Target", <Text value={approval.targetKey} />],
        ["Credentials", <Text value={approval.profile ?? "global"} />],
        ["Asked by", <Text value={approval.requesters.join(", ")} />],
        ["Needs", <Text value={approval.needs} />],
        ["Rule", <Text value={approval.rule} />],
        ["Asked", <When at={approval.createdAt} moment={moment} />],
        ["Expires", approval.state === "pending" ? <When at={approval.expiresAt} moment={moment} /> : undefined],
        [
          "Started",
          approval.executingAt === undefined ? undefined : <When at={approval.executingAt} moment={moment} />,
        ],
        ["Ended", approval.finishedAt === undefined ? undefined : <When at={approval.finishedAt} moment={moment} />],
        ["Replaces", approval.replaces === undefined ? undefined : <Link id={approval.replaces} />],
        ["Replaced by", approval.replacedBy === undefined ? undefined : <Link id={approval.replacedBy} />],
        [
          "Run",
          approval.triggerId === undefined ? undefined : (
            <a href={`/admin/conversations/${approval.anchorId}/runs/${approval.triggerId}`}>Open</a>
          ),
        ],
        ["Id", <Id value={approval.id} />],
      ]}
    />
    {approval.result === undefined ? undefined : <Block value={textOf(approval.result)} label="Result" />}
    <p>
      <a href={`/admin/approvals/${approval.id}/receipt`}>Download the receipt</a>
    </p>
  </Panel>
);

/** The buttons; who may not decide sees why. */
export const Decide = ({ approval, csrf }: { approval: ApprovalDetails; csrf: string }) => {
  const fields = { args: approval.argsSha256, context: approval.contextSha256, v: approval.version };
  const action = `/admin/approvals/${approval.id}/decide`;
  const { barred } = approval;
  return (
    <Panel id="decide" title="Decide">
      {approval.state === "pending" ? (
        <div class="actions">
          <Act
            csrf={csrf}
            action={action}
            word="Approve"
            tone="main"
            fields={{ ...fields, decision: "approved" }}
            barred={barred}
          />
          <Act
            csrf={csrf}
            action={action}
            word="Reject…"
            tone="danger"
            fields={{ ...fields, decision: "rejected" }}
            barred={barred}
          />
        </div>
      ) : (
        <Empty value="It is decided." />
      )}
      {approval.state === "pending" && barred !== undefined ? (
        <p>
          <Text value={barred} />
        </p>
      ) : undefined}
      {approval.sideEffect === "unknown" && approval.outcomeNote === undefined ? (
        <ActForm
          csrf={csrf}
          action={`/admin/approvals/${approval.id}/settle`}
          fields={{ v: approval.version }}
          class="actions"
        >
          <button type="submit" name="happened" value="1">
            It happened…
          </button>
          <button type="submit" name="happened" value="0">
            It did not happen…
          </button>
        </ActForm>
      ) : undefined}
    </Panel>
  );
};

/** Who decided what, and when. */
export const Votes = ({ approval, moment }: { approval: ApprovalDetails; moment: Moment }) => (
  <Panel id="votes" title="Votes">
    {approval.votes.length === 0 ? (
      <Empty value="Nobody has decided yet." />
    ) : (
      <Table
        caption="Votes"
        rows={approval.votes}
        id={({ voter }) => `vote-${voter}`}
        columns={[
          { head: "Who", cell: ({ voter }) => <Text value={voter} /> },
          {
            head: "Decision",
            cell: ({ decision }) => <Mark tone={decision === "approved" ? "good" : "bad"} word={decision} />,
          },
          { head: "Via", cell: ({ via }) => <Words value={via} /> },
          { head: "Reason", cell: ({ reason }) => <Text value={reason ?? "–"} /> },
          { head: "When", cell: ({ at }) => <When at={at} moment={moment} /> },
        ]}
      />
    )}
  </Panel>
);

export interface GrantLine {
  id: string;
  tool: string;
  store: string;
  scopeKind: string;
  scopeKey: string;
  createdBy: string;
  uses: number;
  maxUses?: number | undefined;
  expiresAt: number;
  revokedAt?: number | undefined;
}
const SCOPES = new Map([
  ["content", "this exact content"],
  ["conversation", "this tool in one conversation"],
  ["repo", "this tool in one repository"],
]);

const GrantState = ({ grant, moment }: { grant: GrantLine; moment: Moment }) => {
  if (grant.revokedAt !== undefined) return <Mark tone="bad" word="revoked" />;
  return grant.expiresAt <= moment.now ? <Mark tone="still" word="expired" /> : <Mark tone="good" word="holds" />;
};

/** Standing permissions. */
export const Grants = ({ rows, moment, csrf }: { rows: readonly GrantLine[]; moment: Moment; csrf: string }) => (
  <Panel id="grants" title="Grants">
    {rows.length === 0 ? (
      <Empty value="No grant exists. Approving with a grant in Slack makes one." />
    ) : (
      <Table
        caption="Standing permissions"
        rows={rows}
        id={({ id }) => `grant-${id}`}
        columns={[
          { head: "Tool", cell: ({ store, tool }) => <Text value={`${store} · ${tool}`} /> },
          { head: "For", cell: ({ scopeKind }) => <Words value={SCOPES.get(scopeKind) ?? scopeKind} /> },
          { head: "State", cell: (grant) => <GrantState grant={grant} moment={moment} /> },
          { head: "By", cell: ({ createdBy }) => <Text value={createdBy} /> },
          {
            head: "Uses",
            cell: ({ uses, maxUses }) => <Words value={maxUses === undefined ? uses : `${uses} of ${maxUses}`} />,
            class: "number",
          },
          { head: "Expires", cell: ({ expiresAt }) => <When at={expiresAt} moment={moment} /> },
          {
            head: "Actions",
            cell: (grant) =>
              grant.revokedAt === undefined && grant.expiresAt > moment.now ? (
                <Act csrf={csrf} action={`/admin/grants/${grant.id}/revoke`} word="Revoke…" tone="danger" />
              ) : (
                <>–</>
              ),
          },
        ]}
      />
    )}
  </Panel>
);
