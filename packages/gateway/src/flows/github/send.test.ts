import type { PromiseItem } from "@thor/ledger/port";
import { expect, it } from "vitest";

import { createSendGithub } from "./send.ts";

const item = (id: string): PromiseItem => ({
  id,
  kind: "github.comment",
  stream: "github:acme/shop#7",
  dedupeKey: id,
  payload: null,
  attempts: 0,
  createdAt: 0,
  maybeSent: false,
});
const words = (body: string, edits?: string) => ({
  kind: "github.comment" as const,
  repo: "acme/shop",
  number: 7,
  body,
  ...(edits === undefined ? {} : { edits }),
});

/** GitHub's comments on one pull request. */
function stage(promises: Record<string, string>) {
  const comments: { id: number; body: string }[] = [];
  const send = createSendGithub({
    directoryOf: (repo) => `/repos/${repo}`,
    promiseByKey: ({ dedupeKey }) => {
      const id = promises[dedupeKey];
      return Promise.resolve(id === undefined ? undefined : { id, state: "done" as const });
    },
    exec: ({ args }) => {
      const [, , method, path = ""] = args;
      const body = (args.find((arg) => arg.startsWith("body=")) ?? "").slice("body=".length);
      if (method === "POST") comments.push({ id: comments.length + 1, body });
      const edited = comments.find(({ id }) => path.endsWith(`/comments/${id}`));
      if (method === "PATCH" && edited !== undefined) edited.body = body;
      const stdout = method === "GET" ? JSON.stringify(comments) : "{}";
      return Promise.resolve({ kind: "ok", status: 200, body: { stdout, stderr: "", exitCode: 0 } });
    },
  });
  return { comments, send };
}

it("puts last words in the place of the comment that said working, once however often, and posts them when it is gone", async () => {
  const { comments, send } = stage({ "working:t1": "p1" });
  await send(item("p1"), words("⏳ Working on it."));
  await send(item("p0"), words("another comment"));
  for (let time = 0; time < 2; time += 1) await send(item("p2"), words("✅ Done", "working:t1"));
  expect(comments.map(({ body }) => body)).toEqual([
    "✅ Done\n\n<!-- thor:p1 -->",
    "another comment\n\n<!-- thor:p0 -->",
  ]);
  comments.shift();
  await send(item("p2"), words("✅ Done", "working:t1"));
  await send(item("p3"), words("✅ Done too", "working:none"));
  expect(comments.map(({ body }) => body).slice(1)).toEqual([
    "✅ Done\n\n<!-- thor:p2 -->",
    "✅ Done too\n\n<!-- thor:p3 -->",
  ]);
});
