/** Asks a database whether the invariants hold, without writing a byte. */
import type { DatabaseSync } from "node:sqlite";

import { createDb } from "../dialect.ts";
import { verifyAudit, type VerifyAudit } from "./verify.ts";

export interface Finding {
  table: string;
  key: string;
  meaning: string;
}

/** Each names the rows that break it: columns `key` and `meaning`. */
const INVARIANTS: readonly (readonly [table: string, meaning: string, query: string])[] = [
  [
    "deliveries",
    "its event was created twice",
    `select event_id as key from deliveries where kind = 'delivery' and event_id is not null group by event_id having count(*) > 1 and count(distinct provider) > 1`,
  ],
  [
    "deliveries",
    "it was accepted, but its event is gone",
    `select d.key as key from deliveries d left join events e on e.id = d.event_id where d.event_id is not null and e.id is null and d.at > (select coalesce(min(received_at), 0) from events)`,
  ],
  [
    "events",
    "its lane does not exist",
    `select e.id as key from events e left join lanes l on l.queue = 'events' and l.lane = e.lane where e.state in ('ready', 'claimed') and l.lane is null`,
  ],
  [
    "events",
    "it is claimed under a fence that is not its lane's",
    `select e.id as key from events e join lanes l on l.queue = 'events' and l.lane = e.lane where e.state = 'claimed' and (l.holder is null or l.fence <> e.fence)`,
  ],
  [
    "events",
    "it ended without a reason or a run",
    `select id as key from events where state not in ('ready', 'claimed') and reason is null and trigger_id is null`,
  ],
  [
    "triggers",
    "its dispatch has two runs",
    `select dispatch_id as key from triggers group by dispatch_id having count(*) > 1`,
  ],
  [
    "lanes",
    "its count of waiting events is wrong",
    `select l.lane as key from lanes l where l.queue = 'events' and l.pending <> (select count(*) from events e where e.lane = l.lane and e.state in ('ready', 'claimed'))`,
  ],
  [
    "lanes",
    "its count of waiting promises is wrong",
    `select l.lane as key from lanes l where l.queue = 'outbox' and l.pending <> (select count(*) from outbox o where o.stream = l.lane and o.state in ('pending', 'claimed'))`,
  ],
  [
    "lanes",
    "its count of events in hand is wrong",
    `select l.lane as key from lanes l where l.queue = 'events' and l.in_hand <> (select count(*) from events e where e.lane = l.lane and e.state = 'claimed')`,
  ],
  [
    "lanes",
    "nobody would ever look at it",
    `select lane as key from lanes where due_at is null and status <> 'stopped' and (pending > 0 or holder is not null)`,
  ],
  [
    "lanes",
    "it is due although it is stopped or empty",
    `select lane as key from lanes where due_at is not null and (status = 'stopped' or (pending = 0 and holder is null))`,
  ],
  [
    "triggers",
    "its conversation has two open runs",
    `select anchor_id as key from triggers where status in ('starting', 'running', 'parked') group by anchor_id having count(*) > 1`,
  ],
  [
    "sessions",
    "its conversation has two active main sessions",
    `select anchor_id as key from sessions where status = 'active' and kind = 'main' group by anchor_id having count(*) > 1`,
  ],
  [
    "approvals",
    "it executes or ended without ever having begun",
    `select id as key from approvals where state in ('executing', 'done', 'failed') and executing_at is null`,
  ],
  [
    "approvals",
    "it is pending although it began",
    `select id as key from approvals where state = 'pending' and executing_at is not null`,
  ],
];

const COUNTED = [
  ["events", "events", "state"],
  ["outbox", "outbox", "state"],
  ["approvals", "approvals", "state"],
  ["cards", "cards", "state"],
  ["runs", "triggers", "status"],
] as const;

function realCounts(database: DatabaseSync): Map<string, number> {
  const real = new Map<string, number>();
  for (const [prefix, table, column] of COUNTED) {
    for (const row of database
      .prepare(`select ${column} as name, count(*) as n from ${table} group by ${column}`)
      .all()) {
      real.set(`${prefix}.${String(row["name"])}`, Number(row["n"]));
    }
  }
  for (const row of database.prepare("select queue, status, count(*) as n from lanes group by queue, status").all()) {
    real.set(`lanes.${String(row["queue"])}.${String(row["status"])}`, Number(row["n"]));
  }
  return real;
}

/** Counters that differ from the rows they count, with the right value. */
export function wrongCounters(database: DatabaseSync): { name: string; stored: number; real: number }[] {
  const real = realCounts(database);
  const stored = new Map(
    database
      .prepare("select name, value from counters")
      .all()
      .map((row) => [String(row["name"]), Number(row["value"])]),
  );
  const names = [...new Set([...real.keys(), ...stored.keys()])];
  return names
    .map((name) => ({ name, stored: stored.get(name) ?? 0, real: real.get(name) ?? 0 }))
    .filter((counter) => counter.stored !== counter.real);
}

function pagesFault(database: DatabaseSync, isFull: boolean): Finding[] {
  const check = isFull ? "integrity_check" : "quick_check";
  const rows = database
    .prepare(`pragma ${check}`)
    .all()
    .map((row) => String(Object.values(row)[0]));
  const damaged = rows.filter((row) => row !== "ok").map((meaning) => ({ table: "(file)", key: check, meaning }));
  const orphans = database.prepare("pragma foreign_key_check").all();
  return [
    ...damaged,
    ...orphans.map((row) => ({
      table: String(row["table"]),
      key: String(row["rowid"]),
      meaning: `its ${String(row["parent"])} row is missing`,
    })),
  ];
}

/** All findings of one database; none means that every invariant holds. */
export async function checkDatabase(
  database: DatabaseSync,
  options: VerifyAudit & { full: boolean },
): Promise<Finding[]> {
  const findings = pagesFault(database, options.full);
  for (const [table, meaning, query] of INVARIANTS) {
    for (const row of database.prepare(`${query} limit 100`).all())
      findings.push({ table, key: String(row["key"]), meaning });
  }
  for (const { name, stored, real } of wrongCounters(database)) {
    findings.push({ table: "counters", key: name, meaning: `says ${stored}, there are ${real}` });
  }
  const audit = await verifyAudit(createDb(database), options);
  if (audit.kind === "broken") findings.push({ table: "audit", key: String(audit.seq), meaning: audit.why });
  return findings;
}
