/** What people do on GitHub, as the page and tests name it. */
import { z } from "zod";

import { CheckRun, Conclusion, ReactionContent, ReviewState, Status } from "./entities.ts";

const number = z.number().int().min(1);
const id = z.number().int();
const text = z.string().max(262_144);
const branch = z.string().min(1).max(200);
const deed = <Name extends string, Shape extends z.core.$ZodLooseShape>(name: Name, shape: Shape) =>
  z.strictObject({
    sim: z.literal("github"),
    do: z.literal(name),
    as: z.string(),
    repo: z.string().default("acme/demo"),
    ...shape,
  });

const SpotDraft = z.strictObject({
  path: z.string(),
  line: number,
  body: text,
  side: z.enum(["LEFT", "RIGHT"]).optional(),
  startLine: number.optional(),
});

export const GithubAct = z.discriminatedUnion("do", [
  deed("openIssue", { title: z.string().min(1), body: text.default(""), labels: z.array(z.string()).default([]) }),
  deed("openPull", {
    title: z.string().min(1),
    body: text.default(""),
    /** A branch here, or `owner:branch` of that owner's fork. */
    head: z.string(),
    base: branch.default("main"),
    isDraft: z.boolean().default(false),
  }),
  deed("comment", { number, body: text }),
  deed("editComment", { id, body: text }),
  deed("deleteComment", { id }),
  deed("review", {
    number,
    state: ReviewState.default("COMMENTED"),
    body: text.default(""),
    comments: z.array(SpotDraft).max(100).default([]),
  }),
  deed("replyReview", { inReplyTo: id, body: text }),
  deed("react", { number: number.optional(), id: id.optional(), content: ReactionContent }),
  deed("close", { number }),
  deed("reopen", { number }),
  deed("merge", { number }),
  deed("push", {
    branch,
    message: z.string().default("Change by hand"),
    files: z.record(z.string(), z.string()).default({}),
    isForced: z.boolean().default(false),
  }),
  deed("deleteBranch", { branch }),
  deed("fork", {}),
  deed("deleteFork", {}),
  deed("check", {
    branch,
    name: z.string(),
    workflow: z.string().default("CI"),
    status: CheckRun.shape.status.default("completed"),
    conclusion: Conclusion.default("success"),
    summary: z.string().default(""),
  }),
  deed("status", {
    branch,
    context: z.string(),
    state: Status.shape.state,
    description: z.string().default(""),
    targetUrl: z.string().default(""),
  }),
]);
export type GithubAct = z.infer<typeof GithubAct>;
/** One kind of act. */
export type Act<Name extends GithubAct["do"]> = Extract<GithubAct, { do: Name }>;
