/** The composition root of admin. */
import type { Log } from "@thor/kit/flow/log";
import { createIds } from "@thor/kit/ids";
import { StartRefused, type RunningService } from "@thor/kit/run-service";
import { createServer } from "@thor/kit/server";
import { systemClock } from "@thor/kit/system-clock";
import { openLedger } from "@thor/ledger/open";
import type { Ledger } from "@thor/ledger/port";
import { addAssets } from "@thor/views/http/assets";
import { createCsrf } from "@thor/views/http/csrf";
import { addPreferences, readForms } from "@thor/views/http/form";
import { addGate } from "@thor/views/http/operator";
import { addPageHeaders } from "@thor/views/http/page-headers";
import { createStreams } from "@thor/views/http/stream";
import type { FastifyInstance } from "fastify";

import type { AdminConfig } from "./config.ts";
import { attentionActions } from "./flows/actions/attention.ts";
import { conversationActions } from "./flows/actions/conversation.ts";
import { createPerform } from "./flows/actions/perform.ts";
import { conversationPage } from "./flows/pages/conversation.ts";
import { conversationsPage } from "./flows/pages/conversations.ts";
import { createOverview } from "./flows/pages/overview.ts";
import { addActions } from "./http/actions.ts";
import { addDownloads, addSearch, conversationDownloads } from "./http/downloads.ts";
import { addPages } from "./http/pages.ts";
import { addRunPage } from "./http/run-page.ts";

const BODY_LIMIT = 512 * 1024;
const { now } = systemClock;
const TOPICS = ["events", "outbox", "triggers", "anchors", "approvals", "cards", "settings", "status"] as const;

async function openStore({ databaseUrl: url, secrets }: AdminConfig, log: Log): Promise<Ledger> {
  const opened = await openLedger({
    url,
    service: "admin",
    instance: String(process.pid),
    secret: secrets.current,
    log,
  });
  if (opened.kind === "opened") return opened.ledger;
  throw new StartRefused(`ledger: ${opened.kind}`, opened.kind === "unavailable" ? 1 : 78);
}

/** Everything behind the sign-in. */
function addSurface(
  server: FastifyInstance,
  { config, ledger, log }: { config: AdminConfig; ledger: Ledger; log: Log },
) {
  const newId = createIds(now);
  const csrf = createCsrf({ secrets: config.secrets, origin: config.origin, surface: "admin", now });
  const streams = createStreams(server, { ...ledger, watch: (fn) => ledger.watch(TOPICS, fn) });
  void server.register((scope, _options, done) => {
    addPageHeaders(scope);
    addGate(scope, { secrets: config.secrets.accepted, admins: { listed: config.admins } });
    readForms(scope);
    const assets = addAssets(scope, "/admin");
    const { environment, simulated, hosts } = config;
    const facts = { assets, csrf, environment, simulated, now };
    const pages = [createOverview({ configFaults: () => 0 }), conversationsPage, conversationPage];
    const deps = { ...ledger, log, facts, hosts, streams, pages };
    addPreferences(scope, { prefix: "/admin", csrf });
    addSearch(scope, deps);
    addDownloads(scope, deps, conversationDownloads(deps));
    addRunPage(scope, deps);
    addPages(scope, deps);
    const actions = [
      ...attentionActions(ledger),
      ...conversationActions({ ...ledger, newId, nameOf: (email) => email }),
    ];
    addActions(scope, { ...deps, actions, perform: createPerform({ ...ledger, now, newId }) });
    done();
  });
}

export async function startAdmin(config: AdminConfig, log: Log): Promise<RunningService> {
  const ledger = await openStore(config, log);
  const server = createServer({ log, bodyLimitBytes: BODY_LIMIT });
  server.get("/health", async (_request, reply) => {
    const { kind } = await ledger.probe();
    return reply.code(kind === "ok" ? 200 : 503).send({ ok: kind === "ok" });
  });
  addSurface(server, { config, ledger, log });
  await server.listen({ port: config.port, host: config.bindAddress });
  log.info({ event: "admin_started", addresses: server.addresses() }, "admin started");
  return {
    close: async () => {
      await server.close();
      await ledger.close();
    },
  };
}
