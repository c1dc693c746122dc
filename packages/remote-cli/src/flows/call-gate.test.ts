import { expect, it } from "vitest";

import { createCallGate } from "./call-gate.ts";

const limits = { runningPerSession: 3, longPerSession: 2, waitingPerSession: 2, waitMs: 60_000, runningInAll: 4 };
const never = new AbortController().signal;

async function entered(entering: Promise<{ kind: string; leave?: () => void }>) {
  const answer = await entering;
  if (answer.leave === undefined) throw new Error(answer.kind);
  return answer.leave;
}
/** What came of a call by now. */
const stateOf = (entering: Promise<{ kind: string }>) =>
  Promise.race([entering.then(({ kind }) => kind), new Promise<string>((resolve) => setImmediate(resolve, "waits"))]);

it("admits in the order they came, each session within its share, and all within the service's", async () => {
  const gate = createCallGate(limits);
  const enter = (session: string, signal = never) => gate.enter({ session }, signal);
  const leave = await Promise.all(["a", "a", "a", "b"].map((session) => entered(enter(session))));
  const gone = new AbortController();
  const [third, cancelled] = [enter("a"), enter("a", gone.signal)];
  expect(await stateOf(enter("a"))).toBe("busy");
  const other = enter("c");
  expect([await stateOf(third), await stateOf(other)]).toEqual(["waits", "waits"]);
  gone.abort();
  expect(await cancelled).toEqual({ kind: "cancelled" });
  leave[0]?.();
  leave[0]?.();
  expect([await stateOf(third), await stateOf(other)]).toEqual(["entered", "waits"]);
  leave[3]?.();
  expect(await stateOf(other)).toBe("entered");
});

it("lets few long calls of one session run at once, and short ones pass them", async () => {
  const gate = createCallGate(limits);
  const long = () => gate.enter({ session: "a", isLong: true }, never);
  const leave = await entered(long());
  await entered(long());
  const third = long();
  expect(await stateOf(third)).toBe("waits");
  expect(await stateOf(gate.enter({ session: "a" }, never))).toBe("entered");
  leave();
  expect(await stateOf(third)).toBe("entered");
});

it("gives up waiting after a while", async () => {
  const gate = createCallGate({ ...limits, runningInAll: 0, waitMs: 1 });
  expect(await gate.enter({ session: "a" }, never)).toEqual({ kind: "busy" });
});
