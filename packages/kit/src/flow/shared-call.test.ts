import { expect, it } from "vitest";

import { createSharedCall } from "./shared-call.ts";

it("shares the next call among all who came during one, and gives nobody an answer older than the question", async () => {
  const calls: { key: string; answer: (value: number) => void; fail: (err: Error) => void }[] = [];
  const ask = createSharedCall<number>((key) => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    calls.push({ key, answer: resolve, fail: reject });
    return promise;
  });
  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

  const first = ask("a");
  const during = [ask("a"), ask("a"), ask("a")];
  const other = ask("b");
  expect(calls.map(({ key }) => key)).toEqual(["a", "b"]);
  calls[0]?.answer(1);
  expect(await first).toBe(1);
  await settle();
  expect(calls).toHaveLength(3);
  const late = ask("a");
  calls[2]?.fail(new Error("down"));
  expect((await Promise.allSettled(during)).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  await settle();
  calls[3]?.answer(4);
  expect(await late).toBe(4);
  calls[1]?.answer(2);
  expect(await other).toBe(2);
  await settle();
  const again = ask("a");
  expect(calls).toHaveLength(5);
  calls[4]?.answer(5);
  expect(await again).toBe(5);
});
