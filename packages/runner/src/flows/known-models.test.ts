import { expect, it } from "vitest";

import { createKnownModels } from "./known-models.ts";

const offered = (limit: number) => ({
  kind: "ok" as const,
  body: { models: new Map([["thor/m", { limit, variants: [] }]]), standard: undefined },
});

it("asks again after a failure, keeps what it knew through one, and is content for five minutes", async () => {
  let now = 0;
  let asked = 0;
  const answers = [{ kind: "failed" as const }, offered(100), { kind: "failed" as const }, offered(200)];
  const models = createKnownModels({
    now: () => now,
    ask: () => {
      asked += 1;
      return Promise.resolve(answers.shift() ?? offered(0));
    },
  });
  const seen: (number | undefined)[] = [];
  for (const wait of [0, 1, 1, 299_000, 2000, 1]) {
    now += wait;
    models.contextLimit("thor/m");
    await models.offer();
    seen.push(models.contextLimit("thor/m"));
    await models.offer();
  }
  expect(seen[0]).toBeUndefined();
  expect(seen.at(-1)).toBe(200);
  expect(seen.filter((limit) => limit === 100).length).toBeGreaterThan(1);
  expect(asked).toBe(4);
});
