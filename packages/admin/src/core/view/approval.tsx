/** One decision: what will run, who asked, who may decide, what came of it. */
import { showHidden } from "@thor/views/redact";
import { Empty, Facts, Id, Mark, type Moment, Panel, Table, When } from "@thor/views/ui/parts";
import { Block, Code, Text, Words } from "@thor/views/ui/text";

import { Act, ActForm } from "./act.tsx";
import { APPROVAL_TONES as TONES } from "./approvals.tsx";

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
            <Code value={name} />{" "}
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

const whenGiven = (at: number | undefined, moment: Moment) =>
  at === undefined ? undefined : <When at={at} moment={moment} />;
const linkGiven = (id: string | undefined) => (id === undefined ? undefined : <Link id={id} />);

const ApprovalFacts = ({ approval, moment }: { approval: ApprovalDetails; moment: Moment }) => (
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
      ["Started", approval.executingAt === undefined ? undefined : <When at={approval.executingAt} moment={moment} />],
      ["Ended", whenGiven(approval.finishedAt, moment)],
      ["Replaces", linkGiven(approval.replaces)],
      ["Replaced by", linkGiven(approval.replacedBy)],
      [
        "Run",
        approval.triggerId === undefined ? undefined : (
          <a href={`/admin/conversations/${approval.anchorId}/runs/${approval.triggerId}`}>Open</a>
        ),
      ],
      ["Id", <Id value={approval.id} />],
    ]}
  />
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
    <ApprovalFacts approval={approval} moment={moment} />
    {approval.result === undefined ? undefined : <Block value={textOf(approval.result)} label="Result" />}
    <p>
      <a href={`/admin/approvals/${approval.id}/receipt`}>Download the receipt</a>
    </p>
  </Panel>
);

/** What any operator may do about a request that waits, besides deciding it. */
const Steering = ({ approval, csrf }: { approval: ApprovalDetails; csrf: string }) => (
  <div class="actions">
    <Act csrf={csrf} action={`/admin/approvals/${approval.id}/repost`} word="Repost card" />
    <Act csrf={csrf} action={`/admin/approvals/${approval.id}/withdraw`} word="Withdraw…" />
  </div>
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
      {approval.state === "pending" ? <Steering approval={approval} csrf={csrf} /> : undefined}
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
