/** What gh prints about a pull request and an issue's comments. */
import { z } from "zod";

import type { FoundHead } from "../plan/deciding.ts";
import { isSameName } from "./keys.ts";

const wordOrNothing = z
  .string()
  .nullish()
  .transform((word) => word ?? "");
const named = z
  .object({ name: wordOrNothing, login: wordOrNothing })
  .nullish()
  .transform((it) => it ?? { name: "", login: "" });
const PullRequestView = z.object({
  headRefName: z.string().min(1),
  headRefOid: z.string(),
  headRepository: named,
  headRepositoryOwner: named,
  author: named,
  baseRefName: z.string().optional(),
  isDraft: z.boolean().optional(),
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
  const { headRefName: ref, headRefOid: sha, baseRefName: baseRef, isDraft } = parsed.data;
  const { headRepository, headRepositoryOwner, author } = parsed.data;
  const owner = headRepositoryOwner.login;
  const found = { ref, sha, baseRef, isDraft };
  if (isSameName(`${owner}/${headRepository.name}`, fullName)) return found;
  const isDeleted = owner === "" || headRepository.name === "";
  const heir = author.login === "" ? "ghost" : author.login;
  return { ...found, forkOwner: isDeleted ? heir : owner };
}

/** Tells a comment of ours from all others, unseen by readers. */
export const markerOf = (promiseId: string) => `<!-- thor:${promiseId} -->`;

/** The comment that carries a promise's mark, if these are comments at all. */
export function findMarked(stdout: string, promiseId: string): { id: number } | "absent" | "unreadable" {
  const parsed = Comments.safeParse(readJson(stdout));
  if (!parsed.success) return "unreadable";
  return parsed.data.find(({ body }) => body?.includes(markerOf(promiseId)) === true) ?? "absent";
}
