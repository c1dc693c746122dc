/** Slack's Web API over HTTP: token, scope, method, arguments, and Slack's own words for each refusal. */
import type { FastifyInstance, FastifyRequest } from "fastify";

import { type Answer, serve } from "../control/serve.ts";
import { mountFiles } from "./files.ts";
import { chatMethods } from "./methods/chat.ts";
import { conversationMethods } from "./methods/conversations.ts";
import { fileMethods } from "./methods/files.ts";
import type { Method, MethodContext } from "./methods/method.ts";
import { peopleMethods } from "./methods/people.ts";
import { reactionMethods } from "./methods/reactions.ts";
import { viewMethods } from "./methods/views.ts";
import { createPostingRate } from "./rates.ts";
import { SlackError } from "./slack-error.ts";

const METHODS: Readonly<Record<string, Method>> = {
  ...chatMethods,
  ...conversationMethods,
  ...fileMethods,
  ...peopleMethods,
  ...reactionMethods,
  ...viewMethods,
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function argsOf(request: FastifyRequest): Record<string, unknown> {
  const body = request.body ?? {};
  if (!isRecord(body)) throw new SlackError("json_not_object");
  return { ...(isRecord(request.query) ? request.query : {}), ...body };
}

function tokenOf(request: FastifyRequest, args: Record<string, unknown>): string | undefined {
  const header = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1];
  return header ?? (typeof args["token"] === "string" ? args["token"] : undefined);
}

function admit({ workspace }: MethodContext, method: Method, token: string | undefined): void {
  const { app } = workspace;
  if (token === undefined || token === "") throw new SlackError("not_authed");
  if (token !== app.botToken && token !== app.appToken) throw new SlackError("invalid_auth");
  if (app.isRevoked) throw new SlackError("account_inactive");
  if ((token === app.appToken) !== (method.token === "app")) throw new SlackError("not_allowed_token_type");
  if (method.scopes.length > 0 && !method.scopes.some((scope) => app.scopes.includes(scope)))
    throw new SlackError("missing_scope", { needed: method.scopes[0], provided: app.scopes.join(",") });
}

function refusal(context: MethodContext, name: string, err: unknown): Answer {
  if (!(err instanceof SlackError)) throw err;
  const isStrictness = ["unknown_method", "invalid_arguments", "missing_scope", "invalid_blocks"].includes(err.code);
  if (isStrictness)
    context.world.traffic.violate({ sim: "slack", method: name, what: `${err.code} ${JSON.stringify(err.extra)}` });
  return { status: 200, body: { ok: false, error: err.code, ...err.extra } };
}

/** Mounts `/slack/api/<method>` and the addresses of files. */
export function mountWebApi(
  server: FastifyInstance,
  context: MethodContext,
  { hasRealRates, more }: { hasRealRates: boolean; more: Readonly<Record<string, Method>> },
): void {
  const { world, workspace } = context;
  const methods = new Map(Object.entries({ ...METHODS, ...more }));
  const waitFor = createPostingRate(world.clock);

  const answer = (name: string, request: FastifyRequest): Answer => {
    try {
      const args = argsOf(request);
      const method = methods.get(name);
      if (method === undefined) throw new SlackError("unknown_method", { req_method: name });
      admit(context, method, tokenOf(request, args));
      const wait = hasRealRates && name === "chat.postMessage" ? waitFor(String(args["channel"])) : 0;
      if (wait > 0)
        return { status: 429, headers: { "retry-after": String(wait) }, body: { ok: false, error: "ratelimited" } };
      const body = { ok: true, ...method.run(context, args) };
      return { status: 200, headers: { "x-oauth-scopes": workspace.app.scopes.join(",") }, body };
    } catch (err) {
      return refusal(context, name, err);
    }
  };

  server.route<{ Params: { method: string } }>({
    method: ["GET", "POST"],
    url: "/slack/api/:method",
    handler: (request, reply) => {
      const { method } = request.params;
      return serve(world, { sim: "slack", method, body: request.body, request, reply }, () => answer(method, request));
    },
  });

  mountFiles(server, context);
}
