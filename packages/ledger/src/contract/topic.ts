/** Topics of the change feed that services wait for. */
export const TOPICS = ["events", "outbox", "triggers", "anchors", "approvals", "cards", "settings", "status"] as const;
export type Topic = (typeof TOPICS)[number];
