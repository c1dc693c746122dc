import { createTestClock } from "@thor/kit/testing/clock";
import { silentLog } from "@thor/kit/testing/silent-log";
import type { AuditInput } from "@thor/ledger/port";
import { expect, it } from "vitest";

import type { Call, Decision } from "../core/call.ts";
import { createCallAudit } from "./call-audit.ts";
import { createCallGate } from "./call-gate.ts";
import { createRunCommand } from "./run-command.ts";

const call: Call = { id: "c1", tool: "git", caller: { kind: "service" }, args: ["log", "--grep=secret word"] };

/** One call whose decision and audit store are as told. */
async function run(decision: Decision, isStoreUp = true) {
  const records: AuditInput[] = [];
  const audit = createCallAudit({
    log: silentLog,
    digest: (text) => `digest:${text.length}`,
    policyRev: () => "rev",
    appendAudit: async (record) => {
      records.push(record);
      return isStoreUp ? { kind: "appended", seq: records.length } : { kind: "unavailable", error: "disk full" };
    },
  });
  const gate = createCallGate({
    runningPerSession: 1,
    longPerSession: 1,
    waitingPerSession: 1,
    waitMs: 1000,
    runningInAll: 1,
  });
  const runCommand = createRunCommand({
    log: silentLog,
    clock: createTestClock(),
    gate,
    audit,
    heldSecrets: () => [{ name: "token", value: "ghs_secret" }],
    requestApproval:
      (_call, { asked }) =>
      async (_signal, sink) => {
        sink("stdout", `asked for ${asked.tool}`);
        return { stdout: "", stderr: "", exitCode: 0, ended: "exit" };
      },
  });
  const watch = { signal: new AbortController().signal, onStart: () => undefined, onOutput: () => undefined };
  return { reply: await runCommand(async () => decision, call, watch), records, audit };
}

function running() {
  const state = { started: 0, closed: 0 };
  const decision: Decision = {
    kind: "run",
    target: { commandId: "log", object: "r" },
    canonical: ["log", "--grep=secret word"],
    execute: async (_, sink) => {
      state.started += 1;
      sink("stdout", "a ghs_sec");
      sink("stdout", "ret b");
      return { stdout: "", stderr: "", exitCode: 3, ended: "exit" };
    },
    close: async () => void (state.closed += 1),
  };
  return { state, decision };
}

it("leaves two records that hold no value of the call, and takes held secrets out of its output", async () => {
  const { state, decision } = running();
  const { reply, records } = await run(decision);
  expect(reply).toEqual({ status: 200, result: { stdout: "a [redacted:token] b", stderr: "", exitCode: 3 } });
  expect(records.map(({ event, decision: decided, target }) => [event, decided, target])).toEqual([
    ["exec_decided", "allow", "git log r"],
    ["exec_finished", "allow", "git log r"],
  ]);
  expect(records[1]).toMatchObject({ redactions: 1, detail: { exitCode: 3, ended: "exit" }, requestId: "c1" });
  expect(JSON.stringify(records)).not.toMatch(/secret/);
  expect(state).toEqual({ started: 1, closed: 1 });
});

it("records how a read ended with the row that comes next, in order and at the latest when it is told to", async () => {
  const { decision } = running();
  if (decision.kind !== "run") throw new Error(decision.kind);
  const { records, audit } = await run({ ...decision, isRead: true });
  expect(records.map(({ event }) => event)).toEqual(["exec_decided"]);
  for (const first of records.slice(0, 1)) await audit.note({ ...first, event: "next" });
  expect(records.map(({ event }) => event)).toEqual(["exec_decided", "exec_finished", "next"]);
  const other = await run({ ...decision, isRead: true });
  other.audit.flush();
  expect(other.records.map(({ event }) => event)).toEqual(["exec_decided", "exec_finished"]);
});

it("starts nothing when its decision cannot be written down", async () => {
  const { state, decision } = running();
  const { reply } = await run(decision, false);
  expect(reply).toMatchObject({ status: 503, result: { exitCode: 75 } });
  expect(state).toEqual({ started: 0, closed: 1 });
  const denied = await run({ kind: "deny", rule: "r", text: "no\n", target: { commandId: "x" } }, false);
  expect(denied.reply.status).toBe(503);
});

it("records a refusal with its rule", async () => {
  const { reply, records } = await run({
    kind: "deny",
    rule: "branch.protected",
    text: "no\n",
    target: { commandId: "push" },
  });
  expect(reply).toEqual({ status: 400, result: { stdout: "", stderr: "no\n", exitCode: 1 } });
  expect(records).toMatchObject([
    { event: "exec_denied", decision: "deny", rule: "branch.protected", argsShape: "<3> --grep" },
  ]);
});
