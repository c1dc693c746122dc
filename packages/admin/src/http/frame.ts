/** The frame of every page, from the request and from what wants attention. */
import type { Reads } from "@thor/ledger/port";
import type { Csrf } from "@thor/views/http/csrf";
import { preferencesOf } from "@thor/views/http/form";
import { type Frame, Page } from "@thor/views/ui/shell";
import type { FastifyReply, FastifyRequest } from "fastify";

import { navOf } from "../flows/pages/badges.ts";

export interface FrameFacts {
  assets: { css: string; js: string };
  csrf: Csrf;
  environment: string | undefined;
  simulated: readonly string[];
  now: () => number;
}

const PREFIX = "/admin";
const FLASH = "thor_flash";
const FLASH_S = 30;

/** The path of a request without its parameters. */
export const pathOf = (request: Pick<FastifyRequest, "url">) => request.url.split("?")[0]?.replace(/\/$/, "") ?? PREFIX;

const flashOf = (request: FastifyRequest): Frame["flash"] => {
  const found = /(?:^|;\s*)thor_flash=([^;]*)/.exec(request.headers.cookie ?? "")?.[1];
  if (found === undefined || found === "") return undefined;
  try {
    return { tone: "good", text: decodeURIComponent(found).slice(0, 300) };
  } catch {
    return undefined;
  }
};

/** Keeps the word of an action for the page that comes next. */
export const keepFlash = (reply: FastifyReply, text: string) =>
  reply.header(
    "set-cookie",
    `${FLASH}=${encodeURIComponent(text)}; Path=${PREFIX}; HttpOnly; SameSite=Lax; Max-Age=${FLASH_S}`,
  );

export interface PageBody {
  title: string;
  body: string;
  stream?: string | undefined;
}

/** Draws the frame around a body. */
export async function framed(
  request: FastifyRequest,
  { title, body, stream }: PageBody,
  { reads, facts }: { reads: Pick<Reads, "queueStats" | "attentionCounts" | "dispatchPaused">; facts: FrameFacts },
): Promise<string> {
  const { assets, csrf, environment, simulated, now } = facts;
  const frame: Frame = {
    title,
    prefix: PREFIX,
    path: pathOf(request),
    nav: await navOf(reads, now()),
    assets,
    email: request.operator.email,
    ...preferencesOf(request),
    csrf: csrf.issue(request.operator.email),
    environment,
    simulated,
    paused: (await reads.dispatchPaused()) ? "Dispatch is paused: requests are kept, none starts." : undefined,
    stream,
    flash: flashOf(request),
    search: `${PREFIX}/search`,
  };
  return `<!doctype html>${await Page({ frame, children: body })}`;
}

/** Sends a page; the word of the last action is shown once. */
export function sendPage(reply: FastifyReply, html: string, status = 200): FastifyReply {
  const isShown = html.includes('<p class="flash');
  if (isShown) void reply.header("set-cookie", `${FLASH}=; Path=${PREFIX}; Max-Age=0`);
  return reply.code(status).type("text/html; charset=utf-8").send(html);
}
