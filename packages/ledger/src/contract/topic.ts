/** Topics of the change feed that services wait for. */
export type Topic = "events" | "outbox" | "triggers" | "anchors" | "approvals" | "cards" | "settings" | "status";
