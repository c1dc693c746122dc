/** The composition root of admin. */
import { aboutProcess } from "@thor/kit/about-process";
import { sha256Hex } from "@thor/kit/derived-key";
import type { Log } from "@thor/kit/flow/log";
import { startLoop } from "@thor/kit/flow/loop";
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

import { createCrontab, createReadPeople, createThorJson } from "./adapters/text-files.ts";
import type { AdminConfig } from "./config.ts";
import { discardNotice } from "./core/discard-notice.ts";
import { aliasActions } from "./flows/actions/aliases.ts";
import { approvalActions } from "./flows/actions/approvals.ts";
import { attentionActions } from "./flows/actions/attention.ts";
import { conversationActions } from "./flows/actions/conversation.ts";
import { createPerform } from "./flows/actions/perform.ts";
import { queueActions } from "./flows/actions/queue.ts";
import { scheduleActions } from "./flows/actions/schedules.ts";
import { createConfigFile } from "./flows/config-file.ts";
import { approvalsPage, createApprovalPage } from "./flows/pages/approvals.ts";
import { createConfigPages } from "./flows/pages/config.ts";
import { conversationPage } from "./flows/pages/conversation.ts";
import { conversationsPage } from "./flows/pages/conversations.ts";
import { createOverview } from "./flows/pages/overview.ts";
import { eventPage, queuePage } from "./flows/pages/queue.ts";
import { schedulePage, schedulesPage } from "./flows/pages/schedules.ts";
import { createPeople } from "./flows/people.ts";
import { addActions } from "./http/actions.ts";
import { addDownloads, addSearch, conversationDownloads, recordDownloads } from "./http/downloads.ts";
import { addPages } from "./http/pages.ts";
import { addRunPage } from "./http/run-page.ts";
import { addTextEditor } from "./http/text-editor.ts";

const BODY_LIMIT = 512 * 1024;
const HEARTBEAT_MS = 10_000;
const { now } = systemClock;
interface Given {
  config: AdminConfig;
  ledger: Ledger;
  log: Log;
}
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

/** What pages and actions are made of. */
function createParts({ config, ledger, log }: Given) {
  const newId = createIds(now);
  const people = createPeople({ readPeople: createReadPeople(config.configPath) });
  const thorJson = createThorJson(config.configPath);
  const crontab = createCrontab(config.crontabPath);
  const files = [
    { file: thorJson, base: "/admin/config", title: "Config" },
    { file: crontab, base: "/admin/schedules/edit", title: "Crontab" },
  ].map((place) => ({ ...place, config: createConfigFile({ ...ledger, digest: sha256Hex }, place.file) }));
  const pages = [
    createOverview({ configFaults: people.faults }),
    conversationsPage,
    conversationPage,
    queuePage,
    eventPage,
    approvalsPage,
    createApprovalPage(people),
    ...files.flatMap((place) => createConfigPages({ ...place, digest: sha256Hex })),
    schedulesPage,
    schedulePage,
  ];
  const deps = { ...ledger, ...people, newId };
  const actions = [
    ...attentionActions(ledger),
    ...conversationActions(deps),
    ...aliasActions(ledger),
    ...queueActions({ ...ledger, noticeOf: discardNotice }),
    ...approvalActions(deps),
    ...scheduleActions(ledger),
  ];
  return { config, ledger, log, files, pages, actions, perform: createPerform({ ...ledger, now, newId }) };
}

/** Everything behind the sign-in. */
function addSurface(server: FastifyInstance, parts: ReturnType<typeof createParts>) {
  const { config, ledger, log, pages, actions, perform, files } = parts;
  const csrf = createCsrf({ secrets: config.secrets, origin: config.origin, surface: "admin", now });
  const streams = createStreams(server, { ...ledger, watch: (fn) => ledger.watch(TOPICS, fn) });
  void server.register((scope, _options, done) => {
    addPageHeaders(scope);
    addGate(scope, { secrets: config.secrets.accepted, admins: { listed: config.admins } });
    readForms(scope);
    const assets = addAssets(scope, "/admin");
    const { environment, simulated, hosts } = config;
    const facts = { assets, csrf, environment, simulated, now };
    const deps = { ...ledger, log, facts, hosts, streams, pages, actions, perform, digest: sha256Hex };
    addPreferences(scope, { prefix: "/admin", csrf });
    addSearch(scope, deps);
    addDownloads(scope, deps, [...conversationDownloads(deps), ...recordDownloads(deps)]);
    addRunPage(scope, deps);
    addPages(scope, deps);
    addActions(scope, deps);
    for (const place of files) addTextEditor(scope, deps, place);
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
  addSurface(server, createParts({ config, ledger, log }));
  const beat = async () => {
    await ledger.heartbeat({ service: "admin", instance: String(process.pid), detail: aboutProcess({}) });
    return HEARTBEAT_MS;
  };
  const heartbeat = startLoop({ name: "heartbeat", log, turn: beat });
  await server.listen({ port: config.port, host: config.bindAddress });
  log.info({ event: "admin_started", addresses: server.addresses() }, "admin started");
  return {
    close: async () => {
      await heartbeat.stop();
      await server.close();
      await ledger.close();
    },
  };
}
