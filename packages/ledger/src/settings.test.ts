import { expect, it } from "vitest";

import { isSafeFileSystem, parseLedgerUrl } from "./settings.ts";

it("refuses file systems whose locks cannot be trusted: nfs, cifs, smb, 9p", () => {
  expect([0x6969, 0xff534d42, 0xfe534d42, 0x517b, 0x01021997].some(isSafeFileSystem)).toBe(false);
  expect([0xef53, 0x01021994, 0x794c7630].every(isSafeFileSystem)).toBe(true);
});

it("takes an absolute sqlite path and nothing else", () => {
  expect(parseLedgerUrl("sqlite:/data/thor.db")).toEqual({ kind: "file", path: "/data/thor.db" });
  expect(parseLedgerUrl("sqlite:thor.db")).toEqual({ kind: "refused", error: "ledger_url_invalid" });
  expect(parseLedgerUrl("postgresql://h/db")).toEqual({ kind: "refused", error: "ledger_engine_unavailable" });
});
