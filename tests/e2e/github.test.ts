/** GitHub through the whole product: the simulated host's webhooks, the real gh, and the real agent. */
import { spawnSync } from "node:child_process";

import { eventually } from "@thor/kit/testing/eventually";
import { expect, it } from "vitest";
import { z } from "zod";

import { startStack } from "../stack/stack.ts";

const WAIT_MS = 60_000;
const hasGh = spawnSync("gh", ["--version"]).status === 0;
if (!hasGh) process.stderr.write("SKIPPED: a comment on a pull request, because gh is not installed here\n");

it.skipIf(!hasGh)("answers a comment on a pull request in the conversation of its branch", async () => {
  const stack = await startStack();
  const { owner, repo, appSlug } = stack.facts().github;
  const act = (deed: object) => stack.act({ sim: "github", as: "bob", repo: `${owner}/${repo}`, ...deed });
  await act({ do: "push", branch: "fix/words", message: "Say hello", files: { "words.txt": "hello" } });
  const { number } = z
    .object({ number: z.number() })
    .parse(await act({ do: "openPull", title: "Words", head: "fix/words" }));
  await act({ do: "comment", number, body: `@${appSlug} just say seen-on-github` });
  const value = `${repo}:fix/words`;
  const run = await eventually(
    "the branch's run has ended",
    async () => {
      const known = await stack.ledger.anchorOf({ type: "git.branch", value });
      if (known.kind === "unknown") return undefined;
      const [first] = await stack.ledger.triggersOf({ anchorId: known.anchorId, limit: 5 });
      return first?.endedAt === undefined ? undefined : first;
    },
    WAIT_MS,
  );
  expect(run).toMatchObject({ status: "completed", source: "github" });
  expect(run.prompt).toContain("seen-on-github");
  expect(run.requesters).toEqual([{ kind: "github", id: "bob" }]);
  const seen = await eventually("the receipt on the comment", async () => {
    const issue = JSON.stringify(await stack.sim(`/_sim/github/issues/${owner}/${repo}`));
    return issue.includes('"eyes"') ? issue : undefined;
  });
  expect(seen).toContain("seen-on-github");
  expect(await stack.sim("/_sim/violations")).toEqual([]);
});
