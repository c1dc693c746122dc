/** One request with every attempt to hand it over. */
import { Empty, Facts, Id, Mark, type Moment, Panel, Table, When } from "@thor/views/ui/parts";
import { Block, Text, Words } from "@thor/views/ui/text";

import { EVENT_TONES as TONES, EventActs, type EventLine } from "./queue.tsx";

export interface EventDetails extends EventLine {
  refs: unknown;
  payload: string | undefined;
  history: readonly { n: number; at: number; tookMs: number; result: string; error?: string | undefined }[];
}

/** One request with every attempt. */
export const EventPage = ({ event, moment, csrf }: { event: EventDetails; moment: Moment; csrf: string }) => (
  <Panel id="event" title="Request">
    <p>
      <Text value={event.explained} />
    </p>
    <Facts
      facts={[
        ["Kind", <Text value={event.kind} />],
        ["From", <Text value={event.source} />],
        ["State", <Mark tone={TONES.get(event.state) ?? "still"} word={event.state} />],
        ["Received", <When at={event.receivedAt} moment={moment} />],
        ["Key", <Text value={event.correlationKey} />],
        [
          "Conversation",
          event.anchorId === undefined ? undefined : <a href={`/admin/conversations/${event.anchorId}`}>Open</a>,
        ],
        ["Id", <Id value={event.id} />],
      ]}
    />
    <EventActs event={event} csrf={csrf} />
    {event.history.length === 0 ? (
      <Empty value="It was not tried yet." />
    ) : (
      <Table
        caption="Attempts"
        rows={event.history}
        id={({ n }) => `attempt-${n}`}
        columns={[
          { head: "Attempt", cell: ({ n }) => <Words value={n} /> },
          { head: "When", cell: ({ at }) => <When at={at} moment={moment} /> },
          { head: "Result", cell: ({ result }) => <Words value={result} /> },
          { head: "Took", cell: ({ tookMs }) => <Words value={`${tookMs} ms`} />, class: "number" },
          { head: "Error", cell: ({ error }) => <Text value={error ?? "–"} /> },
        ]}
      />
    )}
    <h3>Refers to</h3>
    <Block value={JSON.stringify(event.refs, null, 2)} label="Ids it refers to" />
    <h3>Payload</h3>
    {event.payload === undefined ? (
      <Empty value="Not kept any more." />
    ) : (
      <Block value={event.payload} label="Payload" />
    )}
  </Panel>
);
