/** What gh prints about a pull request and an issue's comments. */
import { z } from "zod";

import type { FoundHead } from "../plan/deciding.ts";
import { isSameName } from "./keys.ts";

const text = z.string().nullish();
const PullRequestView = z.object({
  headRefName: z.string().min(1),
  headRefOid: z.string(),
  headRepository: z.object({ name: text }).nullish(),
  headRepositoryOwner: z.object({ login: text }).nullish(),
  author: z.object({ login: z.string() }).nullish(),
  baseRefName: text,
  isDraft: z.boolean().nullish(),
});

const Comments = z.array(z.object({ id: z.number(), body: z.string().nullish() }));

function readJson(stdout: string): unknown {
  try {
    return JSON.parse(stdout);
  } catch {
    return undefined;
  }
}

/** The head that `gh pr view` printed; undefined when it printed something else. */
export function readHead(stdout: string, fullName: string): FoundHead | undefined {
  const parsed = PullRequestView.safeParse(readJson(stdout));
  if (!parsed.success) return undefined;
  const {
    headRefName: ref,
    headRefOid: sha,
    headRepository,
    headRepositoryOwner,
    author,
    baseRefName,
    isDraft,
  } = parsed.data;
  const owner = headRepositoryOwner?.login ?? "";
  const name = headRepository?.name ?? "";
  const isOwn = isSameName(`${owner}/${name}`, fullName);
  const isDeleted = owner === "" || name === "";
  const forkOwner = isOwn ? undefined : isDeleted ? (author?.login ?? "ghost") : owner;
  return { ref, sha, forkOwner, baseRef: baseRefName ?? undefined, isDraft: isDraft ?? undefined };
}

/** Tells a comment of ours from all others, unseen by readers. */
export const markerOf = (promiseId: string) => `<!-- thor:${promiseId} -->`;

/** The comment that carries a promise's mark, if these are comments at all. */
export function findMarked(stdout: string, promiseId: string): { id: number } | "absent" | "unreadable" {
  const parsed = Comments.safeParse(readJson(stdout));
  if (!parsed.success) return "unreadable";
  return parsed.data.find(({ body }) => body?.includes(markerOf(promiseId)) === true) ?? "absent";
}
