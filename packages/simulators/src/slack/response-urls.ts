/** Response URLs: after a press the app may answer in that place, five times and for half an hour. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";

import { type Answer, serve } from "../control/serve.ts";
import type { World } from "../world/world.ts";
import { checkBlocks } from "./blocks.ts";
import { SlackError } from "./slack-error.ts";
import type { Workspace } from "./workspace.ts";

const USES = 5;
const VALID_MS = 30 * 60_000;

const Said = z.object({
  text: z.string().optional(),
  blocks: z.array(z.unknown()).optional(),
  response_type: z.enum(["ephemeral", "in_channel"]).default("ephemeral"),
  replace_original: z.boolean().default(false),
  delete_original: z.boolean().default(false),
  thread_ts: z.string().optional(),
});
type Said = z.infer<typeof Said>;

/** Where it leads: the message that was pressed, and the person who pressed. */
interface Leads {
  channel: string;
  ts: string;
  user: string;
  left: number;
  until: number;
}

const refused = (error: string, status = 404): Answer => ({ status, body: { ok: false, error } });

function contentOf({ text = "", blocks }: Said) {
  if (text === "" && blocks === undefined) throw new SlackError("no_text");
  return { text, blocks: blocks === undefined ? [] : checkBlocks(blocks) };
}

function respond(workspace: Workspace, { channel, ts, user }: Leads, said: Said): void {
  const message = workspace.message(channel, ts);
  if (said.delete_original) {
    if (message !== undefined) workspace.remove(message);
    return;
  }
  const { botUserId } = workspace.app;
  if (said.replace_original && message !== undefined) {
    workspace.edit(message, { ...contentOf(said), user: botUserId });
    return;
  }
  const onlyFor = said.response_type === "ephemeral" ? user : undefined;
  workspace.post({ ...contentOf(said), channel, user: botUserId, byBot: true, threadTs: said.thread_ts, onlyFor });
}

export type ResponseUrls = ReturnType<typeof mountResponseUrls>;

/** Serves the addresses; `issue` makes one. */
export function mountResponseUrls(
  server: FastifyInstance,
  world: World,
  { workspace, baseUrl }: { workspace: Workspace; baseUrl: () => string },
) {
  const urls = new Map<string, Leads>();
  const answer = (id: string, body: unknown): Answer => {
    const leads = urls.get(id);
    if (leads === undefined) return refused("invalid_url");
    if (leads.until <= world.clock.now()) return refused("expired_url");
    if (leads.left < 1) return refused("used_url");
    const said = Said.safeParse(body);
    if (!said.success) return refused("invalid_payload", 400);
    leads.left -= 1;
    try {
      respond(workspace, leads, said.data);
      return { status: 200, body: { ok: true } };
    } catch (err) {
      if (err instanceof SlackError) return refused(err.code, 400);
      throw err;
    }
  };
  server.post<{ Params: { id: string } }>("/slack/actions/:id", (request, reply) =>
    serve(world, { sim: "slack", method: "response_url", body: request.body, request, reply }, () =>
      answer(request.params.id, request.body),
    ),
  );
  return {
    issue: (place: Pick<Leads, "channel" | "ts" | "user">): string => {
      const id = world.ids.next("R", 24);
      urls.set(id, { ...place, left: USES, until: world.clock.now() + VALID_MS });
      return `${baseUrl()}/slack/actions/${id}`;
    },
  };
}
