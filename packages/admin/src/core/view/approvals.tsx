/** Decisions that wait for people, what was decided, and standing grants. */
import { Empty, Mark, type Moment, Pager, Panel, Table, When } from "@thor/views/ui/parts";
import { Text, Words } from "@thor/views/ui/text";

import { Act } from "./act.tsx";

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
export const APPROVAL_TONES = new Map<string, "busy" | "wait" | "good" | "bad">([
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
              <Mark tone={APPROVAL_TONES.get(state) ?? "still"} word={why === undefined ? state : `${state}: ${why}`} />
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
