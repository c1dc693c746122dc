/** What Slack and GitHub sent and Thor had no reason to answer. */
import { Empty, type Moment, Pager, Panel, Table, When } from "@thor/views/ui/parts";
import { Text, Words } from "@thor/views/ui/text";

export interface IgnoredLine {
  provider: string;
  key: string;
  eventType: string;
  action?: string | undefined;
  reason?: string | undefined;
  refs: Readonly<Record<string, string | number | boolean>>;
  at: number;
  repeats: number;
}

/** Deliveries that were heard and woke nobody, by their ids. */
export const IgnoredTable = (props: {
  id: string;
  title: string;
  rows: readonly IgnoredLine[];
  moment: Moment;
  empty: string;
  pages: { first: string | undefined; next: string | undefined };
}) => (
  <Panel id={props.id} title={props.title}>
    {props.rows.length === 0 ? (
      <Empty value={props.empty} />
    ) : (
      <Table
        caption="Deliveries that woke nobody"
        rows={props.rows}
        id={({ provider, key }) => `ignored-${provider}-${key}`}
        columns={[
          { head: "From", cell: ({ provider }) => <Text value={provider} /> },
          {
            head: "What",
            cell: ({ eventType, action }) => (
              <Text value={action === undefined ? eventType : `${eventType}.${action}`} />
            ),
          },
          { head: "Why", cell: ({ reason }) => <Text value={reason ?? "–"} /> },
          { head: "When", cell: ({ at }) => <When at={at} moment={props.moment} /> },
          { head: "Again", cell: ({ repeats }) => <Words value={repeats} />, class: "number" },
          { head: "Delivery", cell: ({ key }) => <Text value={key} /> },
          {
            head: "Ids",
            cell: ({ refs }) => (
              <Text
                value={
                  Object.entries(refs)
                    .map((pair) => pair.join(" "))
                    .join(", ") || "–"
                }
              />
            ),
          },
        ]}
      />
    )}
    <Pager {...props.pages} />
  </Panel>
);
