/** Commands that change something; without `--yes` they only say what they would do. */
import type { EventRow, Ledger } from "../port.ts";
import { DEFAULT_RETENTION, sweepPlan } from "../retention.ts";
import { openDatabase } from "../settings.ts";
import { type Command, operator, withDatabase, withLedger } from "./place.ts";

const PAGE = 100;

const flag = (args: string[], name: string): string | undefined => {
  const at = args.findIndex((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
  if (at === -1) return undefined;
  const [, inline] = (args[at] ?? "").split("=", 2);
  return inline ?? args[at + 1];
};

async function deadEvents(ledger: Ledger, args: string[]): Promise<EventRow[]> {
  const found: EventRow[] = [];
  const id = flag(args, "id");
  const filter = { state: "dead" as const, lane: flag(args, "lane"), reason: flag(args, "reason"), limit: 200 };
  let after: string | undefined;
  do {
    const page = await ledger.listEvents({ ...filter, after });
    found.push(
      ...page.rows
        .filter((row) => id === undefined || row.id === id)
        .filter((row) => isOfSource(row, flag(args, "source"))),
    );
    after = page.next;
  } while (after !== undefined);
  return found;
}

const isOfSource = (row: EventRow, source: string | undefined) => source === undefined || row.source === source;

async function actOnDead(ledger: Ledger, act: "replay" | "discard", events: EventRow[]): Promise<string[]> {
  const lines: string[] = [];
  for (let at = 0; at < events.length; at += PAGE) {
    const items = events.slice(at, at + PAGE).map(({ id, version }) => ({ id, version }));
    lines.push(JSON.stringify(await ledger[act]({ items, by: operator(), reason: `${act} by command` })));
  }
  return lines;
}

const onDead =
  (act: "replay" | "discard"): Command =>
  (env, args) =>
    withLedger(env, async (ledger) => {
      const events = await deadEvents(ledger, args);
      const plan = events.map(({ id, kind, reason = "" }) => `would ${act} ${id} ${kind} ${reason}`);
      for (const line of args.includes("--yes") ? await actOnDead(ledger, act, events) : plan) env.out(line);
      env.out(`${events.length} dead events`);
      return 0;
    });

/** `replay [--id|--lane|--source|--reason x] [--yes]`: dead events are tried again. */
export const replay = onDead("replay");
/** `discard [...] [--yes]`: dead events are let go. */
export const discard = onDead("discard");

/** `prune [--yes]`: one retention round now. */
export const prune: Command = (env, args) =>
  withLedger(env, async (ledger) => {
    if (!args.includes("--yes")) {
      for (const { rule, before } of sweepPlan(DEFAULT_RETENTION, env.now()))
        env.out(`would prune ${rule} before ${new Date(before).toISOString()}`);
      return 0;
    }
    env.out(JSON.stringify(await ledger.sweep()));
    return 0;
  });

const CHOICES = [
  ["anchor", "select id from anchors where id = ?", (id: string) => id],
  [
    "slack-channel",
    "select distinct anchor_id as id from aliases where type = 'slack.thread' and value like ? || '/%'",
    (id: string) => id.replaceAll(/[%_]/g, ""),
  ],
  [
    "slack-user",
    "select distinct anchor_id as id from events where actor_slack = ? and anchor_id is not null",
    (id: string) => id,
  ],
] as const;

async function chosenAnchors(path: string, args: string[]): Promise<string[] | undefined> {
  const choice = CHOICES.find(([name]) => flag(args, name) !== undefined);
  if (choice === undefined) return undefined;
  const [name, query, clean] = choice;
  return withDatabase(path, (database) =>
    Promise.resolve(
      database
        .prepare(query)
        .all(clean(flag(args, name) ?? ""))
        .map((row) => String(row["id"])),
    ),
  );
}

/** `forget --anchor|--slack-channel|--slack-user <id> [--yes]`: what was said goes, that it was stays. */
export const forget: Command = async (env, args) => {
  const anchors = await chosenAnchors(env.path, args);
  if (anchors === undefined) {
    env.err("usage: thor-ledger forget --anchor|--slack-channel|--slack-user <id> [--yes]");
    return 64;
  }
  if (!args.includes("--yes")) {
    for (const id of anchors) env.out(`would forget ${id}`);
    return 0;
  }
  const code = await withLedger(env, async (ledger) => {
    for (const anchorId of anchors)
      env.out(`${anchorId} ${(await ledger.forgetAnchor({ anchorId, by: operator() })).kind}`);
    return 0;
  });
  truncateLog(env.path);
  return code;
};

/** Scrubbed text must leave the write-ahead log too. */
function truncateLog(path: string): void {
  const database = openDatabase(path, "write");
  database.exec("pragma wal_checkpoint(truncate)");
  database.close();
}
