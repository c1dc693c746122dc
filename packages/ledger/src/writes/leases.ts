/** Rights to act alone for a time. Taking one always raises its fence; a fence that is not current is refused. */
import { AcquireLeaseInput, type LeaseTaken, ReleaseLeaseInput, RenewLeaseInput } from "../contract/identity.ts";
import type { Db, Row } from "../schema.ts";
import { defineWrite } from "../writer/context.ts";
import { findRow, patchRow } from "./row.ts";

/** How long a run is kept without a renewal. */
export const RUN_LEASE_MS = 30_000;

/** The name of the lease that an open run holds. */
export const runLease = (anchorId: string) => `run:${anchorId}`;

/** The lease row, whoever holds it. */
export const loadLease = (tx: Db, name: string): Promise<Row<"leases"> | undefined> =>
  findRow(tx, "leases", { name: name });

/** Whether somebody may still act under this lease. */
export const isLive = (lease: Row<"leases"> | undefined, now: number): lease is Row<"leases"> & { holder: string } =>
  lease !== undefined && lease.holder !== null && lease.expires_at > now;

/** Hands the lease over under the next fence, whoever had it. */
export async function grantLease(
  tx: Db,
  to: { name: string; holder: string; now: number; ttlMs: number; note?: string | undefined },
): Promise<number> {
  const { name, holder, now, ttlMs, note } = to;
  const columns = { holder, acquired_at: now, expires_at: now + ttlMs, note: note ?? null };
  const row = await tx
    .insertInto("leases")
    .values({ name, fence: 1, ...columns })
    .onConflict((conflict) =>
      conflict.column("name").doUpdateSet(({ eb }) => ({ ...columns, fence: eb("leases.fence", "+", 1) })),
    )
    .returning("fence")
    .executeTakeFirstOrThrow();
  return row.fence;
}

/** Frees a lease; its fence stays, so that the old holder's writes are refused after the next grant. */
export async function freeLease(tx: Db, name: string): Promise<void> {
  await patchRow(tx, "leases", { key: { name: name }, set: { holder: null, expires_at: 0 } });
}

/** Takes a free lease; a held one tells until when. */
export const acquireLease = defineWrite(AcquireLeaseInput, async (tx, input, { now }): Promise<LeaseTaken> => {
  const lease = await loadLease(tx, input.name);
  if (isLive(lease, now)) return { kind: "held", holder: lease.holder, expiresAt: lease.expires_at };
  return { kind: "acquired", fence: await grantLease(tx, { ...input, now }) };
});

/** Keeps a lease for its holder; one that ran out is lost even when nobody took it yet. */
export const renewLease = defineWrite(
  RenewLeaseInput,
  async (tx, input, { now }): Promise<{ kind: "renewed" } | { kind: "lost" }> => {
    const { numUpdatedRows } = await tx
      .updateTable("leases")
      .set({ expires_at: now + input.ttlMs })
      .where("name", "=", input.name)
      .where("holder", "=", input.holder)
      .where("fence", "=", input.fence)
      .where("expires_at", ">", now)
      .executeTakeFirstOrThrow();
    return { kind: numUpdatedRows === 1n ? "renewed" : "lost" };
  },
);

/** Gives a lease back before its time. */
export const releaseLease = defineWrite(
  ReleaseLeaseInput,
  async (tx, input): Promise<{ kind: "released" } | { kind: "lost" }> => {
    const { numUpdatedRows } = await tx
      .updateTable("leases")
      .set({ holder: null, expires_at: 0, note: input.note ?? null })
      .where("name", "=", input.name)
      .where("holder", "=", input.holder)
      .where("fence", "=", input.fence)
      .executeTakeFirstOrThrow();
    return { kind: numUpdatedRows === 1n ? "released" : "lost" };
  },
);
