/** GET /admin/approvals and /admin/approvals/:id: what waits for people, what was decided, grants, one in detail. */
import { ApprovalPolicyShown, ApprovalPresentation } from "@thor/domain/approval";
import type { Ledger, Reads } from "@thor/ledger/port";
import { redactJson } from "@thor/views/redact";

import { barredFrom, type Decider, needsOf } from "../../core/eligibility.ts";
import { requestersIn } from "../../core/stored-facts.ts";
import { Tabs } from "../../core/view/act.tsx";
import { type ApprovalDetails, ApprovalHead, Arguments, Decide, Votes } from "../../core/view/approval.tsx";
import { type ApprovalLine, ApprovalTable, Grants } from "../../core/view/approvals.tsx";
import { type Asked, choose, hrefWith, type PageSpec, pagesOf } from "./page.ts";

const PAGE_ROWS = 50;
const TABS = ["pending", "done", "grants"] as const;
const TAB_WORDS = { pending: "Pending", done: "Done", grants: "Grants" } as const;

type Approval = NonNullable<Awaited<ReturnType<Reads["approvalById"]>>>;

/** A decision as a line of a list. */
export const approvalLine = ({
  id,
  tool,
  store,
  state,
  anchorId,
  createdAt,
  expiresAt,
  why,
}: Approval): ApprovalLine => ({
  id,
  tool,
  store,
  state,
  anchorId,
  createdAt,
  expiresAt,
  why,
});

async function draw(reads: Reads, asked: Asked): Promise<JSX.Element> {
  const tab = choose(asked, "tab", TABS);
  const { moment, csrf } = asked;
  if (tab === "grants") return Grants({ rows: await reads.listGrants({ limit: PAGE_ROWS }), moment, csrf });
  const wanted = tab === "pending" ? { state: "pending" as const } : { decided: true };
  const page = await reads.listApprovals({ ...wanted, limit: PAGE_ROWS, after: asked.query["after"] });
  const rows = page.rows.map(approvalLine);
  const empty = tab === "pending" ? "No decision is waiting." : "Nothing was decided yet.";
  return ApprovalTable({
    id: "approvals",
    title: TAB_WORDS[tab],
    rows,
    moment,
    empty,
    pages: pagesOf(asked, page.next),
  });
}

/** The lists. */
export const approvalsPage: PageSpec = {
  path: "/admin/approvals",
  topics: ["approvals"],
  title: async () => "Approvals",
  panels: [
    {
      id: "approval-tabs",
      title: "Views",
      draw: async (_reads, asked) => {
        const here = choose(asked, "tab", TABS);
        const tabs = TABS.map((name) => ({
          href: hrefWith(asked, { tab: name, after: undefined }),
          word: TAB_WORDS[name],
          here: name === here,
        }));
        return Tabs({ tabs, label: "Decisions by state", id: "approval-tabs" });
      },
    },
    { id: "approvals", title: "Approvals", draw },
  ],
};

const NO_POLICY = { approvers: ["*"], selfApproval: true, quorum: 1 };

/** A request as its page shows it. */
export function detailsOf(row: Approval, decider: Decider): ApprovalDetails {
  const policy = ApprovalPolicyShown.safeParse(row.policy).data ?? NO_POLICY;
  const presentation = ApprovalPresentation.safeParse(row.presentation).data;
  const requesters = requestersIn(row.requesters);
  const { approvers, quorum, selfApproval } = policy;
  const votes = row.votes.filter(({ decision }) => decision === "approved").length;
  return {
    ...row,
    title: presentation?.title ?? row.tool,
    alwaysAsk: presentation?.alwaysAsk ?? false,
    requesters,
    needs: needsOf({ approvers, quorum, votes }),
    barred: barredFrom(decider, { approvers, selfApproval, requesters, votes: row.votes }),
  };
}

export interface ApprovalDeps {
  deciderOf: (email: string) => Promise<Decider>;
}

/** One request. */
export const createApprovalPage = ({ deciderOf }: ApprovalDeps): PageSpec => {
  const of =
    (view: (details: ApprovalDetails, asked: Asked) => JSX.Element) =>
    async (reads: Reads, asked: Asked): Promise<JSX.Element> => {
      const row = await reads.approvalById({ id: asked.params["approvalId"] ?? "" });
      if (row === undefined) throw new Error("the request is gone");
      return view(detailsOf(row, await deciderOf(asked.email)), asked);
    };
  return {
    path: "/admin/approvals/:approvalId",
    topics: ["approvals"],
    title: async (reads, { params }) => {
      const row = await reads.approvalById({ id: params["approvalId"] ?? "" });
      return row && detailsOf(row, { slackId: undefined, isSuspended: false }).title;
    },
    panels: [
      { id: "approval", title: "Decision", draw: of((approval, { moment }) => ApprovalHead({ approval, moment })) },
      { id: "decide", title: "Decide", draw: of((approval, { csrf }) => Decide({ approval, csrf })) },
      { id: "arguments", title: "What will run", draw: of((approval) => Arguments({ approval })) },
      { id: "votes", title: "Votes", draw: of((approval, { moment }) => Votes({ approval, moment })) },
    ],
  };
};

const MAX_ROWS = 200;

/** Request, votes and the rows of evidence about it with their place in the chain. */
export async function approvalReceipt(
  ledger: Pick<Ledger, "approvalById" | "auditPage" | "auditBySeq">,
  id: string,
): Promise<unknown> {
  const approval = await ledger.approvalById({ id });
  if (approval === undefined) return undefined;
  const { rows } = await ledger.auditPage({ anchorId: approval.anchorId, limit: MAX_ROWS });
  const about = rows.filter(({ target, detail }) => target.includes(id) || Object.values(detail).includes(id));
  const evidence = await Promise.all(about.map(({ seq }) => ledger.auditBySeq({ seq })));
  return redactJson({ approval, evidence });
}
