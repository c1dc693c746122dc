/** Walks the audit chain: nothing changed, nothing missing, nothing that only an owner of the secret could not have written. */
import { hmacSha256, isSameSecret, sha256Hex } from "@thor/kit/derived-key";

import { segmentText } from "../pure/audit-segment.ts";
import { canonicalRow, FIRST_PREV_HASH } from "../pure/chain-row.ts";
import type { Db, Row } from "../schema.ts";
import { chainKey } from "../writer/engine.ts";

export interface VerifyAudit {
  secret: string;
  /** Earlier secrets, for rows written before a rotation. */
  previous?: readonly string[] | undefined;
  from?: number | undefined;
  to?: number | undefined;
  /** A row known from outside, so that a cut tail shows. */
  expect?: { seq: number; hash: string } | undefined;
}
export type AuditVerified =
  | { kind: "intact"; rows: number; seq: number; hash: string }
  | { kind: "broken"; seq: number; why: string };

const PAGE = 500;
type Keys = ReadonlyMap<string, Buffer>;

const keysOf = ({ secret, previous = [] }: VerifyAudit): Keys =>
  new Map([secret, ...previous].map((one) => chainKey(one)).map(({ key, keyId }) => [keyId, key]));

function isSigned(keys: Keys, signed: { key_id: string; mac: string; text: string }): boolean {
  const key = keys.get(signed.key_id);
  return key !== undefined && isSameSecret(hmacSha256(key, signed.text).toString("hex"), signed.mac);
}

function faultOf(
  row: Row<"audit">,
  expected: { seq: number; prevHash: string | undefined },
  keys: Keys,
): string | undefined {
  if (row.seq !== expected.seq) return "a row is missing";
  if (expected.prevHash !== undefined && row.prev_hash !== expected.prevHash) return "the row before it is another one";
  if (sha256Hex(row.prev_hash + canonicalRow({ ...row })) !== row.hash) return "its content was changed";
  return isSigned(keys, { ...row, text: row.hash }) ? undefined : "it was not written with this secret";
}

/** What exported and pruned prefixes stand for: the position after the last of them. */
async function afterSegments(
  db: Db,
  keys: Keys,
): Promise<{ seq: number; prevHash: string } | { kind: "broken"; seq: number; why: string }> {
  let at = { seq: 1, prevHash: FIRST_PREV_HASH };
  for (const segment of await db.selectFrom("audit_segments").selectAll().orderBy("first_seq").execute()) {
    const { first_seq: first, last_seq: last, first_prev_hash: prev, last_hash: hash, sha256 } = segment;
    const text = segmentText({ first, last, prev, hash, sha256 });
    const fits = first === at.seq && prev === at.prevHash && isSigned(keys, { ...segment, text });
    if (!fits) return { kind: "broken", seq: first, why: "a pruned prefix does not fit" };
    at = { seq: last + 1, prevHash: hash };
  }
  return at;
}

const hashAt = async (db: Db, seq: number): Promise<string | undefined> =>
  (await db.selectFrom("audit").select("hash").where("seq", "=", seq).executeTakeFirst())?.hash;

async function endFault(
  db: Db,
  options: VerifyAudit,
  end: { seq: number; hash: string },
): Promise<AuditVerified | undefined> {
  const head = await db.selectFrom("chain_heads").selectAll().where("chain", "=", "audit").executeTakeFirst();
  const isWhole = options.to === undefined;
  if (isWhole && (head?.seq ?? 0) !== end.seq) return { kind: "broken", seq: end.seq + 1, why: "the tail was cut" };
  const { expect } = options;
  if (expect === undefined) return undefined;
  const seen = await hashAt(db, expect.seq);
  return seen === expect.hash
    ? undefined
    : { kind: "broken", seq: Math.min(expect.seq, end.seq + 1), why: "the expected row is not there" };
}

/** Verifies the chain, or a part of it; stops at the first break. */
export async function verifyAudit(db: Db, options: VerifyAudit): Promise<AuditVerified> {
  const keys = keysOf(options);
  const start = await afterSegments(db, keys);
  if ("kind" in start) return start;
  const from = Math.max(options.from ?? 0, start.seq);
  let expected: { seq: number; prevHash: string | undefined } =
    from === start.seq ? start : { seq: from, prevHash: undefined };
  let end = { seq: start.seq - 1, hash: start.prevHash };
  for (;;) {
    const rows = await db
      .selectFrom("audit")
      .selectAll()
      .where("seq", ">=", expected.seq)
      .where("seq", "<=", options.to ?? Number.MAX_SAFE_INTEGER)
      .orderBy("seq")
      .limit(PAGE)
      .execute();
    for (const row of rows) {
      const why = faultOf(row, expected, keys);
      if (why !== undefined) return { kind: "broken", seq: expected.seq, why };
      end = { seq: row.seq, hash: row.hash };
      expected = { seq: row.seq + 1, prevHash: row.hash };
    }
    if (rows.length < PAGE) break;
  }
  return (await endFault(db, options, end)) ?? { kind: "intact", rows: end.seq - from + 1, ...end };
}
