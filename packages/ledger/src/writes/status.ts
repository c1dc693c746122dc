/** What services and operators say about themselves. */
import { HeartbeatInput, SetSettingInput } from "../contract/status.ts";
import { parseJson } from "../reads/cell.ts";
import { defineWrite } from "../writer/context.ts";
import { actOf, writeAudit } from "./append-audit.ts";

const CARDS_OF_HEARTBEAT = {
  version: "version",
  pid: "pid",
  startedAt: "started_at",
  configVersion: "config_version",
  mem: "mem",
  loopLagP99: "loop_lag_p99",
  note: "note",
} as const;

/** The fields of a heartbeat that have columns of their own. */
function columnsOf(text: string): Record<string, string | number> {
  const detail = parseJson(text);
  if (detail === null || typeof detail !== "object" || Array.isArray(detail)) return {};
  const known = Object.entries(detail).flatMap(([field, value]) => {
    const column = Object.entries(CARDS_OF_HEARTBEAT).find(([name]) => name === field)?.[1];
    return column !== undefined && (typeof value === "string" || typeof value === "number")
      ? [[column, value] as const]
      : [];
  });
  return Object.fromEntries(known);
}

/** A service is alive. */
export const heartbeat = defineWrite(HeartbeatInput, async (tx, { service, instance, detail }, { now, changed }) => {
  const columns = { ...columnsOf(detail), seen_at: now, detail };
  await tx
    .insertInto("service_status")
    .values({ service, instance, ...columns })
    .onConflict((conflict) => conflict.columns(["service", "instance"]).doUpdateSet(columns))
    .execute();
  changed("status", service);
  return { kind: "ok" as const };
});

/** Changes a switch that every service obeys. */
export const setSetting = defineWrite(SetSettingInput, async (tx, { key, value, by }, context) => {
  const columns = { value, by, at: context.now };
  await tx
    .insertInto("settings")
    .values({ key, ...columns })
    .onConflict((conflict) => conflict.column("key").doUpdateSet(columns))
    .execute();
  await writeAudit(tx, context, actOf({ event: "setting.saved", by, target: key }));
  context.changed("settings", key);
  return { kind: "set" as const };
});
