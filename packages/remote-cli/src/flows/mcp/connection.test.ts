import { createTestClock } from "@thor/kit/testing/clock";
import { silentLog } from "@thor/kit/testing/silent-log";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { CallEnd } from "../../core/mcp/tool.ts";
import { createConnection } from "./connection.ts";

const IDLE_MS = 600_000;
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A connection to an upstream whose one tool answers when it is told to. */
function open() {
  const counts = { made: 0, closed: 0 };
  const answers: ((end: CallEnd) => void)[] = [];
  const connection = createConnection({
    name: "up:GLOBAL",
    clock: createTestClock(),
    log: silentLog,
    idleMs: IDLE_MS,
    noteFailure: () => undefined,
    judge: async (tools) => ({
      kind: "accepted",
      offer: { tools: new Map(tools.map((tool) => [tool.name, tool])), withdrawn: new Set() },
    }),
    connect: async () => {
      counts.made += 1;
      const tools = [{ name: "look", inputSchema: { type: "object" as const } }];
      return {
        kind: "live",
        live: {
          tools,
          listTools: async () => tools,
          call: () => new Promise((resolve) => answers.push(resolve)),
          close: async () => void (counts.closed += 1),
        },
      };
    },
  });
  const call = () =>
    connection.call("look", {}, { signal: new AbortController().signal, timeoutMs: 60_000, isOnce: false });
  const answer = () => answers.shift()?.({ kind: "result", result: { content: [], isError: false } });
  return { connection, counts, call, answer };
}

it("is given up after the idle time, never while something is in flight, and made again when it is wanted", async () => {
  const { connection, counts, call, answer } = open();
  await connection.ready();
  await vi.advanceTimersByTimeAsync(IDLE_MS - 1);
  expect([connection.state(), counts]).toEqual(["ready", { made: 1, closed: 0 }]);

  const running = call();
  await vi.advanceTimersByTimeAsync(3 * IDLE_MS);
  expect([connection.state(), counts.closed]).toEqual(["ready", 0]);
  answer();
  expect(await running).toMatchObject({ kind: "result" });
  await vi.advanceTimersByTimeAsync(IDLE_MS - 1);
  expect(connection.state()).toBe("ready");
  await vi.advanceTimersByTimeAsync(1);
  expect([connection.state(), counts]).toEqual(["absent", { made: 1, closed: 1 }]);

  const again = call();
  await vi.advanceTimersByTimeAsync(0);
  answer();
  expect(await again).toMatchObject({ kind: "result" });
  expect(counts.made).toBe(2);
  const closed = connection.close(1000);
  await vi.advanceTimersByTimeAsync(1000);
  await closed;
  expect([connection.state(), counts.closed]).toEqual(["closed", 2]);
});
