/** Migration 4: what pages list by. Frozen once released. */
export const PAGES = [
  "create index events_state on events (state, id)",
  "create index events_newest on events (anchor_id, id)",
  "create index outbox_state on outbox (state, id)",
  "create index outbox_anchor on outbox (anchor_id, id) where anchor_id is not null",
  "create index approvals_state on approvals (state, id)",
] as const;
